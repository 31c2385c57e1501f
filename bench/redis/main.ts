import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import { runCommand } from "../rehearsal/command.ts";
import { describeMachine } from "../report/machine.ts";
import { count, table } from "../report/table.ts";
import { type Measurement, measure } from "./measure.ts";
import { REDIS_BENCH_USAGE, type RedisBenchOptions, readRedisBenchOptions } from "./options.ts";
import { type Server, startEdgeRedis, startRealRedis } from "./servers.ts";

/** `SET` a second for each core that the server uses, durable, with a pipeline of 64. */
const GOAL = { command: "set", pipeline: 64, perCore: 60_000 };
const MICROSECONDS_PER_SECOND = 1_000_000;
const MB = 1024 * 1024;

async function run(options: RedisBenchOptions): Promise<void> {
  const release = exitWhenInterrupted();
  const folder = await makeTemporaryFolder("bench-redis");
  const servers: Server[] = [];
  try {
    servers.push(await startEdgeRedis(folder.path));
    const durable = ["--appendonly", "yes", "--appendfsync", "always"];
    servers.push(await startRealRedis("Redis, fsync always", folder.path, durable));
    servers.push(await startRealRedis("Redis, memory", folder.path, ["--appendonly", "no"]));
    const measured: Measurement[] = [];
    for (const pipeline of options.pipelines) {
      for (const command of options.commands) {
        for (const server of servers) measured.push(await measure(server, command, pipeline, options));
      }
    }
    print(measured);
    if (options.json) console.log(JSON.stringify({ machine: describeMachine(), options, measured }));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await folder.remove();
    release();
  }
}

const thousands = (perSecond: number) => `${(perSecond / 1_000).toFixed(1)} k`;

function print(measured: Measurement[]): void {
  const rows = measured.map((one) => {
    const { server, command, pipeline, requestsPerSecond, cpuMicrosecondsPerRequest } = one;
    const edge = measured.find(
      (other) => other.server === "Edge Redis" && other.command === command && other.pipeline === pipeline,
    ) as Measurement;
    return [
      `${command} -P ${pipeline}`,
      server,
      thousands(requestsPerSecond),
      cpuMicrosecondsPerRequest.toFixed(2),
      one.p99Ms.toFixed(1),
      one === edge ? "" : (edge.requestsPerSecond / requestsPerSecond).toFixed(2),
      one === edge ? "" : (edge.cpuMicrosecondsPerRequest / cpuMicrosecondsPerRequest).toFixed(1),
      count(one.residentBytes / MB),
    ];
  });
  const head = ["", "server", "requests/s", "CPU µs each", "p99 ms", "ours ×", "our CPU ×", "MB"];
  console.log(table(head, rows));
  const goal = measured.find(
    ({ server, command, pipeline }) =>
      server === "Edge Redis" && command === GOAL.command && pipeline === GOAL.pipeline,
  );
  if (!goal) return;
  const perCore = MICROSECONDS_PER_SECOND / goal.cpuMicrosecondsPerRequest;
  const verdict = perCore >= GOAL.perCore ? "holds" : "missed";
  console.log(`SET with -P 64: ${count(perCore)} a second and core, goal ${count(GOAL.perCore)}: ${verdict}`);
}

await runCommand(readRedisBenchOptions, REDIS_BENCH_USAGE, run);
