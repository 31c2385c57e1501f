import { STRIPES_MAX } from "../../workers/shared/limits.ts";
import { type Arrival, ARRIVALS } from "../load/arrivals.ts";
import { oneOf, readFlags, share, UsageError, whole } from "../command-line.ts";
import { PEOPLE_MAX } from "../load/people.ts";

/** What the rehearsal was asked to do. Shares are between 0 and 1. */
export interface RehearsalOptions {
  users: number;
  stock: number;
  /** Ledgers the sale's stock is split over. */
  stripes: number;
  url: string | null;
  arrival: Arrival;
  /** null: chosen by the number of users. */
  windowSeconds: number | null;
  bots: number;
  pay: number;
  cancel: number;
  breaks: number;
  keen: number;
  holdSeconds: number;
  connections: number;
  seed: number;
  settings: Record<string, number>;
  vars: Record<string, string>;
  store: OrderStoreName;
  /** For how long the database is away in mid-sale, in milliseconds; 0 for not at all. */
  databaseAwayMs: number;
  reportsDir: string;
  /** Judge also whether people got the stock and bots did not. */
  fair: boolean;
  json: boolean;
}

export const ORDER_STORES = ["d1", "mysql"] as const;
export type OrderStoreName = (typeof ORDER_STORES)[number];

/** Shoppers one generator plays: each needs about a kilobyte for as long as the rehearsal lasts. */
export const USERS_MAX = Math.min(1_000_000, PEOPLE_MAX);
export const STOCK_MAX = 1_000_000;
/** A generator on one core serves no more than this many connections well. */
export const CONNECTIONS_MAX = 2_048;
export const WINDOW_MAX_SECONDS = 3_600;
/** Longer than an hour and the rehearsal would mostly wait for holds to expire. */
export const HOLD_MAX_SECONDS = 3_600;
/** The database may be away for this long: an hour, in seconds. */
export const DATABASE_AWAY_MAX_SECONDS = 3_600;
const SEED_MAX = 2 ** 31 - 1;

/** Arrivals per second that a burst is spread over unless told, and the least it takes, in seconds. */
const ARRIVALS_PER_SECOND_DEFAULT = 2_000;
const WINDOW_MIN_DEFAULT_SECONDS = 5;
/** A crowd comes for this many times as long as the database is away, so that it meets before, while and after. */
const WINDOW_OF_OUTAGE = 1.5;

export const USAGE = `Rehearses a whole sale over HTTP and proves that nothing went wrong.

  npm run rehearse -- --users 20000 --stock 1000

  --users N          distinct shoppers, 1 to ${USERS_MAX} (2000)
  --stock N          units for sale, 1 to ${STOCK_MAX} (100)
  --stripes N        ledgers the stock is split over, 1 to ${STRIPES_MAX} (1)
  --url URL          rehearse on this server; without it a fresh one is started on a free port
  --arrival HOW      ${ARRIVALS.join(", ")} (burst)
  --window S         seconds from the start to the last arrival, 1 to ${WINDOW_MAX_SECONDS} (by the number of users)
  --bots P           share of the users that are bots (5%)
  --pay P            share of the winners who pay (80%)
  --cancel P         share of the winners who cancel (10%); the others walk away
  --breaks P         share of purchases and payments whose connection breaks (2%)
  --keen P           share of the users who keep asking after "sold out" (5%)
  --hold S           seconds a winner has to pay, 1 to ${HOLD_MAX_SECONDS} (20)
  --connections N    connections the generator keeps open, 1 to ${CONNECTIONS_MAX} (256)
  --seed N           the same seed plays the same crowd, 0 to ${SEED_MAX} (random, printed)
  --set NAME=N       a limit of the settings for this rehearsal; put back afterwards; may be repeated
  --var NAME=TEXT    a variable of the Worker, for a server started here; may be repeated
  --store NAME       where a server started here records orders: ${ORDER_STORES.join(", ")} (d1); mysql needs one at MYSQL_URL
  --database-away T  in mid-sale the database is away for T, as 90s or 10m, up to ${DATABASE_AWAY_MAX_SECONDS}s (0s)
  --reports DIR      where the report goes (reports)
  --fair             judge also whether people got the stock although half of all requests came from bots
  --json             print the report as JSON, the last line of the output
  --help             this text

With --url, ADMIN_USERNAME and ADMIN_PASSWORD name the admin, and JWT_KEYS lets the rehearsal sign the
shoppers' tokens; for a server on this machine they are read from .dev.vars where not given. Without
JWT_KEYS it registers real accounts, which is slow and limited by the server.`;

const FLAGS = {
  users: { type: "string", default: "2000" },
  stock: { type: "string", default: "100" },
  stripes: { type: "string", default: "1" },
  url: { type: "string" },
  arrival: { type: "string", default: "burst" },
  window: { type: "string" },
  bots: { type: "string", default: "5%" },
  pay: { type: "string", default: "80%" },
  cancel: { type: "string", default: "10%" },
  breaks: { type: "string", default: "2%" },
  keen: { type: "string", default: "5%" },
  hold: { type: "string", default: "20" },
  connections: { type: "string", default: "256" },
  seed: { type: "string" },
  set: { type: "string", multiple: true, default: [] as string[] },
  var: { type: "string", multiple: true, default: [] as string[] },
  store: { type: "string", default: "d1" },
  "database-away": { type: "string", default: "0s" },
  reports: { type: "string", default: "reports" },
  fair: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readOptions(args: string[]): RehearsalOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  const pay = share("pay", values.pay);
  const cancel = share("cancel", values.cancel);
  if (pay + cancel > 1) throw new UsageError("--pay and --cancel are together more than 100%");
  const vars = Object.fromEntries(values.var.map((text) => assignment("var", text)));
  if (values.url !== undefined && values.var.length > 0) {
    throw new UsageError("--var is only for a server that the rehearsal starts, not for --url");
  }
  const store = oneOf("store", ORDER_STORES, values.store);
  const databaseAwayMs = duration("database-away", values["database-away"]);
  if (values.url !== undefined && (values.store !== "d1" || databaseAwayMs > 0)) {
    throw new UsageError("--store and --database-away are only for a server that the rehearsal starts");
  }
  return {
    users: whole("users", values.users, 1, USERS_MAX),
    stock: whole("stock", values.stock, 1, STOCK_MAX),
    stripes: whole("stripes", values.stripes, 1, STRIPES_MAX),
    url: values.url === undefined ? null : origin(values.url),
    arrival: oneOf("arrival", ARRIVALS, values.arrival),
    windowSeconds: values.window === undefined ? null : whole("window", values.window, 1, WINDOW_MAX_SECONDS),
    bots: share("bots", values.bots),
    pay,
    cancel,
    breaks: share("breaks", values.breaks),
    keen: share("keen", values.keen),
    holdSeconds: whole("hold", values.hold, 1, HOLD_MAX_SECONDS),
    connections: whole("connections", values.connections, 1, CONNECTIONS_MAX),
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * SEED_MAX)
        : whole("seed", values.seed, 0, SEED_MAX),
    settings: Object.fromEntries(values.set.map(setting)),
    vars,
    store,
    databaseAwayMs,
    reportsDir: values.reports,
    fair: values.fair,
    json: values.json,
  };
}

/** The arrival window in milliseconds, as told, or by the size of the crowd and beyond an outage. */
export function windowMsOf(
  options: Pick<RehearsalOptions, "users" | "windowSeconds" | "databaseAwayMs">,
): number {
  const byUsers = Math.ceil(options.users / ARRIVALS_PER_SECOND_DEFAULT);
  const byOutage = Math.ceil((options.databaseAwayMs / 1000) * WINDOW_OF_OUTAGE);
  return 1000 * (options.windowSeconds ?? Math.max(WINDOW_MIN_DEFAULT_SECONDS, byUsers, byOutage));
}

/** Seconds or minutes, in milliseconds. */
function duration(flag: string, text: string): number {
  const [, number = "", unit] = /^(\d{1,4})([sm])$/.exec(text) ?? [];
  const seconds = number === "" ? Number.NaN : Number(number) * (unit === "m" ? 60 : 1);
  if (!(seconds <= DATABASE_AWAY_MAX_SECONDS)) {
    throw new UsageError(
      `--${flag} must be a time up to ${DATABASE_AWAY_MAX_SECONDS}s, as 90s or 10m, not "${text}"`,
    );
  }
  return seconds * 1000;
}

function origin(text: string): string {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(`--url must be an http or https address, not "${text}"`);
  }
  return url.origin;
}

function setting(text: string): [string, number] {
  const [name, value] = assignment("set", text);
  return [name, whole(`set ${name}`, value, 0, Number.MAX_SAFE_INTEGER)];
}

function assignment(flag: string, text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--${flag} must be NAME=VALUE, not "${text}"`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
