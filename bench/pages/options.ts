import { readFlags, whole } from "../command-line.ts";

export interface PagesOptions {
  rounds: number;
  json: boolean;
}

export const ROUNDS_MAX = 101;

export const PAGES_USAGE = `Measures how pages load in a browser: times, bytes, and tasks that keep the page from answering.

  npm run bench:pages

  --rounds N    measured loads of each page, 1 to ${ROUNDS_MAX} (7)
  --json        print the result as JSON, the last line of the output
  --help        this text`;

const FLAGS = {
  rounds: { type: "string", default: "7" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readPagesOptions(args: string[]): PagesOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return { rounds: whole("rounds", values.rounds, 1, ROUNDS_MAX), json: values.json };
}
