import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { main } from "../../scripts/command.ts";
import { cpuSeconds, residentBytes } from "../../scripts/serve/process-stats.ts";
import { startWorkerd, type Workerd } from "../../scripts/serve/workerd.ts";
import { median } from "../gather/gather.ts";
import { describeMachine } from "../report/machine.ts";
import { table } from "../report/table.ts";

/*
 * How fast is the ledger alone, and what is a batch worth? Run with `npm run bench:ledger`.
 * Rounds alternate between one reservation per transaction and a hundred, in one workerd with fresh
 * state; the medians and their ratio are printed, the last line is JSON. With `--growth` instead:
 * what a reservation costs while one ledger grows to a million of them.
 */

/** A batch of a hundred must be worth at least this many times one transaction each. */
const RATIO_GOAL = 10;
const ROUNDS = 5;
/** Reservations per round, by batch size: about a second of work each. */
const SINGLE = { batch: 1, count: 2_000 };
const BATCHED = { batch: 100, count: 20_000 };
/** Orders in the growing ledger at which a step is measured, and reservations in a step. */
const GROWTH_SIZES = [10_000, 100_000, 300_000, 1_000_000];
const GROWTH_STEP = 10_000;
const BYTES_PER_MB = 1024 ** 2;

interface Measured {
  perSecond: number;
  /** Of the whole server, per reservation. */
  cpuMs: number;
}

await main(async () => {
  const folder = await mkdtemp(join(tmpdir(), "spike-bench-ledger-"));
  const server = await startBench(folder);
  try {
    await (process.argv.includes("--growth") ? measureGrowth(server) : measureBatches(server));
  } finally {
    server.kill("SIGKILL");
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  }
});

async function startBench(folder: string): Promise<Workerd> {
  const configFile = join(folder, "wrangler.json");
  const config = {
    name: "bench-ledger",
    main: resolve(import.meta.dirname, "worker.ts"),
    compatibility_date: "2026-11-01",
    durable_objects: { bindings: [{ name: "BENCH", class_name: "BenchLedger" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["BenchLedger"] }],
  };
  await writeFile(configFile, JSON.stringify(config));
  return startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: "inherit" });
}

async function measureBatches(server: Workerd): Promise<void> {
  const rounds: Record<"single" | "batched", Measured[]> = { single: [], batched: [] };
  await reserve(server, "warm-up", BATCHED);
  for (let round = 0; round < ROUNDS; round++) {
    rounds.single.push(await reserve(server, `single-${round}`, SINGLE));
    rounds.batched.push(await reserve(server, `batched-${round}`, BATCHED));
  }
  const [single, batched] = [medianOf(rounds.single), medianOf(rounds.batched)];
  const ratio = batched.perSecond / single.perSecond;
  console.log(
    table(
      ["median of rounds", "reservations/s", "CPU ms each"],
      [
        ["one transaction each", ...describe(single)],
        ["batches of 100", ...describe(batched)],
      ],
    ),
  );
  console.log(
    `a batch is worth ${ratio.toFixed(1)} times as many reservations/s (goal ${RATIO_GOAL}), ` +
      `${(single.cpuMs / batched.cpuMs).toFixed(1)} times less CPU`,
  );
  console.log(JSON.stringify({ machine: describeMachine(), ratio, single, batched }));
}

async function measureGrowth(server: Workerd): Promise<void> {
  const rows: string[][] = [];
  let size = 0;
  for (const target of GROWTH_SIZES) {
    const count = target - GROWTH_STEP - size;
    if (count > 0) await reserve(server, "growing", { batch: 100, count });
    const measured = await reserve(server, "growing", { batch: 100, count: GROWTH_STEP });
    size = target;
    const megabytes = (residentBytes(server.pid) ?? Number.NaN) / BYTES_PER_MB;
    rows.push([String(size), ...describe(measured), megabytes.toFixed(0)]);
  }
  console.log(table(["orders", "reservations/s", "CPU ms each", "server MB"], rows));
}

/** Makes reservations in the ledger called `name`, each batch committed before the next. */
async function reserve(
  { pid, port }: Workerd,
  name: string,
  { batch, count }: { batch: number; count: number },
): Promise<Measured> {
  const cpuBefore = cpuSeconds(pid) ?? Number.NaN;
  const start = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/${name}?count=${count}&batch=${batch}`);
  if (!response.ok) throw new Error(`the bench worker answered ${response.status}: ${await response.text()}`);
  const seconds = (performance.now() - start) / 1000;
  const cpuMs = (((cpuSeconds(pid) ?? Number.NaN) - cpuBefore) * 1000) / count;
  return { perSecond: count / seconds, cpuMs };
}

function medianOf(rounds: Measured[]): Measured {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
  };
}

function describe({ perSecond, cpuMs }: Measured): string[] {
  return [perSecond.toFixed(0), cpuMs.toFixed(3)];
}
