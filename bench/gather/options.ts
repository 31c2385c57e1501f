import { readFlags, whole } from "../command-line.ts";
import { CONNECTIONS_MAX } from "../rehearsal/options.ts";

export interface GatherOptions {
  rounds: number;
  purchases: number;
  connections: number;
  json: boolean;
}

export const ROUNDS_MAX = 101;
export const PURCHASES_MAX = 200_000;

export const GATHER_USAGE = `Measures purchases a second over HTTP with and without gathering them in isolate and gate.

  npm run bench:gather

  --rounds N       measured rounds of each, alternating, 1 to ${ROUNDS_MAX} (5)
  --purchases N    distinct winners in a round, 1 to ${PURCHASES_MAX} (10000)
  --connections N  requests in flight, 1 to ${CONNECTIONS_MAX} (256)
  --json           print the result as JSON, the last line of the output
  --help           this text`;

const FLAGS = {
  rounds: { type: "string", default: "5" },
  purchases: { type: "string", default: "10000" },
  connections: { type: "string", default: "256" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readGatherOptions(args: string[]): GatherOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return {
    rounds: whole("rounds", values.rounds, 1, ROUNDS_MAX),
    purchases: whole("purchases", values.purchases, 1, PURCHASES_MAX),
    connections: whole("connections", values.connections, 1, CONNECTIONS_MAX),
    json: values.json,
  };
}
