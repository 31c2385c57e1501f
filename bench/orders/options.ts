import { readFlags, whole } from "../command-line.ts";

export interface OrderBenchOptions {
  rounds: number;
  json: boolean;
}

export const ROUNDS_MAX = 101;

export const ORDERS_USAGE = `Measures how many orders a second the consumer records in D1 and MySQL, beside a plain insert of the same rows.

  npm run bench:orders

  --rounds N    measured rounds, 1 to ${ROUNDS_MAX} (5)
  --json        print the result as JSON, the last line of the output
  --help        this text

MySQL is the one at MYSQL_URL, on this machine without it; it gets a database of its own for the time.`;

const FLAGS = {
  rounds: { type: "string", default: "5" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readOrderBenchOptions(args: string[]): OrderBenchOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return { rounds: whole("rounds", values.rounds, 1, ROUNDS_MAX), json: values.json };
}
