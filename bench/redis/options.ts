import { oneOf, readFlags, whole } from "../command-line.ts";

/** Commands that redis-benchmark knows by these names. */
export const COMMANDS = ["set", "get", "incr", "lpush", "hset", "zadd"] as const;
export type BenchCommand = (typeof COMMANDS)[number];

export interface RedisBenchOptions {
  pipelines: number[];
  commands: BenchCommand[];
  connections: number;
  seconds: number;
  json: boolean;
}

export const PIPELINE_MAX = 1_024;
export const CONNECTIONS_MAX = 1_000;
export const SECONDS_MAX = 600;

export const REDIS_BENCH_USAGE = `Measures Edge Redis with redis-benchmark, beside a Redis that is as durable, and one that is not durable at all.

  npm run bench:redis

  --pipelines N,N    commands that a connection sends at a time, 1 to ${PIPELINE_MAX} (1,16,64)
  --commands N,N     of ${COMMANDS.join(", ")} (all)
  --connections N    1 to ${CONNECTIONS_MAX} (50)
  --seconds N        about so long for each measurement, 1 to ${SECONDS_MAX} (1)
  --json             print the result as JSON, the last line of the output
  --help             this text`;

const FLAGS = {
  pipelines: { type: "string", default: "1,16,64" },
  commands: { type: "string", default: COMMANDS.join(",") },
  connections: { type: "string", default: "50" },
  seconds: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readRedisBenchOptions(args: string[]): RedisBenchOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return {
    pipelines: values.pipelines.split(",").map((text) => whole("pipelines", text, 1, PIPELINE_MAX)),
    commands: values.commands.split(",").map((name) => oneOf("commands", COMMANDS, name)),
    connections: whole("connections", values.connections, 1, CONNECTIONS_MAX),
    seconds: whole("seconds", values.seconds, 1, SECONDS_MAX),
    json: values.json,
  };
}
