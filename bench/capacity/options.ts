import { GATES_MAX } from "../../workers/shared/limits.ts";
import { type Arrival, ARRIVALS } from "../load/arrivals.ts";
import { oneOf, readFlags, share, UsageError } from "../command-line.ts";

/** What `npm run capacity` was asked. */
export interface CapacityOptions {
  mode: "plan" | "measure" | "validate";
  users: number;
  stock: number;
  windowMs: number;
  arrival: Arrival;
  regions: number;
  /** Null: the smallest number that is enough. */
  gates: number | null;
  stripes: number | null;
  /** Requests a second that the fleet takes for one sale; 0 for no ceiling. */
  ceiling: number;
  holdSeconds: number;
  pay: number;
  reportsDir: string;
  json: boolean;
}

export const USERS_MAX = 100_000_000;
export const STOCK_MAX = 10_000_000;
export const REGIONS_MAX = 300;
export const STRIPES_MAX = 64;
export const WINDOW_MIN_MS = 1_000;
export const WINDOW_MAX_MS = 3_600_000;
export const HOLD_MAX_SECONDS = 86_400;
export const CEILING_MAX = 10_000_000;

export const CAPACITY_USAGE = `Says what a sale needs on Cloudflare's platform, by simulating it event by event.

  npm run capacity -- --users 1e7 --stock 1e5 --window 10s --regions 6

  --users N      shoppers, 1 to ${USERS_MAX}; 1e7 is fine (1e6)
  --stock N      units, 1 to ${STOCK_MAX} (1 % of the users)
  --window T     from the start to the last arrival, such as 10s, 5m or 500ms (10s)
  --arrival HOW  ${ARRIVALS.join(", ")} (burst)
  --regions N    regions the shoppers are spread over, 1 to ${REGIONS_MAX} (6)
  --gates N      gates, 1 to ${GATES_MAX} (as few as are enough)
  --stripes N    ledgers the stock is split over, 1 to ${STRIPES_MAX} (as few as are enough)
  --ceiling N    requests/s the fleet takes for this sale, 0 for all (50000)
  --hold S       seconds a winner has to pay, 1 to ${HOLD_MAX_SECONDS} (300)
  --pay P        share of the winners who pay (85%)
  --validate     plays real sales on this machine and compares them with the simulation (two minutes)
  --measure      measures the service times on this machine anew and keeps them (two minutes)
  --reports DIR  where the report goes (reports)
  --json         print everything as JSON, the last line of the output
  --help         this text`;

const FLAGS = {
  users: { type: "string", default: "1e6" },
  stock: { type: "string" },
  window: { type: "string", default: "10s" },
  arrival: { type: "string", default: "burst" },
  regions: { type: "string", default: "6" },
  gates: { type: "string" },
  stripes: { type: "string" },
  ceiling: { type: "string", default: "50000" },
  hold: { type: "string", default: "300" },
  pay: { type: "string", default: "85%" },
  validate: { type: "boolean", default: false },
  measure: { type: "boolean", default: false },
  reports: { type: "string", default: "reports" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readCapacityOptions(args: string[]): CapacityOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  if (values.validate && values.measure) throw new UsageError("--validate and --measure are two commands");
  const users = number("users", values.users, 1, USERS_MAX);
  return {
    mode: values.validate ? "validate" : values.measure ? "measure" : "plan",
    users,
    stock:
      values.stock === undefined
        ? Math.min(STOCK_MAX, Math.ceil(users / 100))
        : number("stock", values.stock, 1, STOCK_MAX),
    windowMs: duration(values.window),
    arrival: oneOf("arrival", ARRIVALS, values.arrival),
    regions: number("regions", values.regions, 1, REGIONS_MAX),
    gates: values.gates === undefined ? null : number("gates", values.gates, 1, GATES_MAX),
    stripes: values.stripes === undefined ? null : number("stripes", values.stripes, 1, STRIPES_MAX),
    ceiling: number("ceiling", values.ceiling, 0, CEILING_MAX),
    holdSeconds: number("hold", values.hold, 1, HOLD_MAX_SECONDS),
    pay: share("pay", values.pay),
    reportsDir: values.reports,
    json: values.json,
  };
}

/** A whole number, also written as 1e7 or 2.5e6. */
function number(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,12}(\.\d{1,6})?(e\d{1,2})?$/i.test(text) ? Number(text) : Number.NaN;
  if (!(Number.isInteger(value) && value >= min && value <= max)) {
    throw new UsageError(`--${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000 };

function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(amount) * (UNITS_MS[unit ?? ""] ?? Number.NaN);
  if (!(ms >= WINDOW_MIN_MS && ms <= WINDOW_MAX_MS)) {
    throw new UsageError(
      `--window must be from ${WINDOW_MIN_MS}ms to ${WINDOW_MAX_MS / 60_000}m, such as 10s, not "${text}"`,
    );
  }
  return ms;
}
