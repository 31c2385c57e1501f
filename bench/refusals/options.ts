import { readFlags, whole } from "../command-line.ts";

export interface RefusalOptions {
  rounds: number;
  sliceMs: number;
  httpOnly: boolean;
  json: boolean;
}

export const ROUNDS_MAX = 1_001;
/** Shorter, and the few answers between two readings of the processor's time would count. */
export const SLICE_MIN_MS = 50;
export const SLICE_MAX_MS = 60_000;

export const REFUSALS_USAGE = `Measures what each refusal and public read costs, beside a bare Response of the same size on the same runtime,
and what the refusals from memory cost without HTTP.

  npm run bench:refusals

  --rounds N    measured rounds, 1 to ${ROUNDS_MAX} (25)
  --slice MS    milliseconds for each answer in a round, ${SLICE_MIN_MS} to ${SLICE_MAX_MS} (120)
  --http-only   without what they cost where nothing is sent
  --json        print the result as JSON, the last line of the output
  --help        this text`;

const FLAGS = {
  rounds: { type: "string", default: "25" },
  slice: { type: "string", default: "120" },
  "http-only": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readRefusalOptions(args: string[]): RefusalOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return {
    rounds: whole("rounds", values.rounds, 1, ROUNDS_MAX),
    sliceMs: whole("slice", values.slice, SLICE_MIN_MS, SLICE_MAX_MS),
    httpOnly: values["http-only"],
    json: values.json,
  };
}
