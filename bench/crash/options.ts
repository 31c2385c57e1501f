import { readFlags, whole } from "../command-line.ts";
import { readOptions, type RehearsalOptions } from "../rehearsal/options.ts";

export interface CrashOptions {
  kills: number;
  /** The sale in which the kills happen. */
  rehearsal: RehearsalOptions;
}

/** More and the sale would be nothing but restarts. */
export const KILLS_MAX = 100;

export const CRASH_USAGE = `Kills the server with SIGKILL in mid-sale, again and again, and proves that nothing was lost.

  npm run crash-test

  --kills N       how often, 1 to ${KILLS_MAX} (10)
  --users N       distinct shoppers (4000)
  --stock N       units for sale (800)
  --stripes N     ledgers the stock is split over (1)
  --window S      seconds from the start to the last arrival (30)
  --hold S        seconds a winner has to pay (20)
  --seed N        the same seed plays the same crowd and kills at the same points of the sale
  --reports DIR   where the report goes (reports)
  --json          print the report as JSON, the last line of the output
  --help          this text`;

const FLAGS = {
  kills: { type: "string", default: "10" },
  users: { type: "string", default: "4000" },
  stock: { type: "string", default: "800" },
  stripes: { type: "string", default: "1" },
  window: { type: "string", default: "30" },
  hold: { type: "string", default: "20" },
  seed: { type: "string" },
  reports: { type: "string", default: "reports" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readCrashOptions(args: string[]): CrashOptions | "help" {
  const { kills, json, help, ...rehearsal } = readFlags(args, FLAGS);
  if (help) return "help";
  const passedOn = Object.entries(rehearsal).map(([flag, value]) => `--${flag}=${value}`);
  const options = readOptions([...passedOn, "--arrival=poisson", "--bots=2%", ...(json ? ["--json"] : [])]);
  if (options === "help") return options;
  return { kills: whole("kills", kills, 1, KILLS_MAX), rehearsal: options };
}
