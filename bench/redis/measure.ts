import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuSeconds, residentBytes } from "../../scripts/serve/process-stats.ts";
import type { BenchCommand, RedisBenchOptions } from "./options.ts";
import type { Server } from "./servers.ts";

const run = promisify(execFile);

/** Different keys, members and fields. */
const KEYS = 100_000;
/** Requests that are sent to learn how fast a server is. */
const TRIAL_REQUESTS = 10_000;

export interface Measurement {
  server: string;
  command: BenchCommand;
  pipeline: number;
  requestsPerSecond: number;
  /** Of the server's process. */
  cpuMicrosecondsPerRequest: number;
  p99Ms: number;
  residentBytes: number;
}

/** Measures one command on one server: first how many requests fill the time, then these. */
export async function measure(
  server: Server,
  command: BenchCommand,
  pipeline: number,
  options: RedisBenchOptions,
): Promise<Measurement> {
  const trial = await benchmark(server, command, pipeline, options.connections, TRIAL_REQUESTS);
  const requests = Math.max(TRIAL_REQUESTS, Math.round(trial.requestsPerSecond * options.seconds));
  const cpuBefore = cpuSeconds(server.pid) ?? 0;
  const { requestsPerSecond, p99Ms } = await benchmark(
    server,
    command,
    pipeline,
    options.connections,
    requests,
  );
  const cpu = (cpuSeconds(server.pid) ?? 0) - cpuBefore;
  return {
    ...{ server: server.name, command, pipeline, requestsPerSecond, p99Ms },
    cpuMicrosecondsPerRequest: (cpu / requests) * 1_000_000,
    residentBytes: residentBytes(server.pid) ?? 0,
  };
}

async function benchmark(
  { port }: Server,
  command: string,
  pipeline: number,
  connections: number,
  requests: number,
): Promise<{ requestsPerSecond: number; p99Ms: number }> {
  const options = { p: port, t: command, P: pipeline, c: connections, n: requests, r: KEYS };
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const { stdout } = await run("redis-benchmark", [...args, "--csv"]);
  const cells = stdout.trim().split("\n").at(-1)?.replaceAll('"', "").split(",") ?? [];
  const [, requestsPerSecond, , , , , p99Ms] = cells;
  return { requestsPerSecond: Number(requestsPerSecond), p99Ms: Number(p99Ms) };
}
