import { reserve, startLedgerBench } from "../ledger/ledger-bench.ts";
import type { CpuMs } from "./topology.ts";

const WARM_UP = { batch: 100, count: 10_000 };
const SINGLE = { batch: 1, count: 3_000 };
const BATCHED = { batch: 100, count: 30_000 };

/** Processor time of a ledger's transaction and of each reservation in it, from batches of one and of a hundred. */
export async function measureLedger(): Promise<Pick<CpuMs, "ledgerBatch" | "ledgerReservation">> {
  const server = await startLedgerBench();
  try {
    await reserve(server, "warm-up", WARM_UP);
    const single = await reserve(server, "single", SINGLE);
    const batched = await reserve(server, "batched", BATCHED);
    const ledgerBatch = (single.cpuMs - batched.cpuMs) / (1 - 1 / BATCHED.batch);
    return { ledgerBatch, ledgerReservation: Math.max(0, batched.cpuMs - ledgerBatch / BATCHED.batch) };
  } finally {
    await server.stop();
  }
}
