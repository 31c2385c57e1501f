import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../scripts/command.ts";
import { residentBytes } from "../../scripts/serve/process-stats.ts";
import type { Workerd } from "../../scripts/serve/workerd.ts";
import { median } from "../gather/gather.ts";
import { describeMachine } from "../report/machine.ts";
import { table } from "../report/table.ts";
import { type LedgerRound, reserve, startLedgerBench } from "./ledger-bench.ts";

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

await main(async () => {
  const folder = await mkdtemp(join(tmpdir(), "spike-bench-ledger-"));
  const server = await startLedgerBench(folder);
  try {
    await (process.argv.includes("--growth") ? measureGrowth(server) : measureBatches(server));
  } finally {
    server.kill("SIGKILL");
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  }
});

async function measureBatches(server: Workerd): Promise<void> {
  const rounds: Record<"single" | "batched", LedgerRound[]> = { single: [], batched: [] };
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

function medianOf(rounds: LedgerRound[]): LedgerRound {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
  };
}

function describe({ perSecond, cpuMs }: LedgerRound): string[] {
  return [perSecond.toFixed(0), cpuMs.toFixed(3)];
}
