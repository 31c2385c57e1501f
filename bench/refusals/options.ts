import { readFlags, whole } from "../command-line.ts";

export interface RefusalOptions {
  rounds: number;
  seconds: number;
  json: boolean;
}

export const ROUNDS_MAX = 101;
export const SECONDS_MAX = 60;

export const REFUSALS_USAGE = `Measures what each refusal and public read costs, beside a bare Response of the same size on the same runtime.

  npm run bench:refusals

  --rounds N    measured rounds, 1 to ${ROUNDS_MAX} (7)
  --seconds N   seconds for each answer in a round, 1 to ${SECONDS_MAX} (1)
  --json        print the result as JSON, the last line of the output
  --help        this text`;

const FLAGS = {
  rounds: { type: "string", default: "7" },
  seconds: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readRefusalOptions(args: string[]): RefusalOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return {
    rounds: whole("rounds", values.rounds, 1, ROUNDS_MAX),
    seconds: whole("seconds", values.seconds, 1, SECONDS_MAX),
    json: values.json,
  };
}
