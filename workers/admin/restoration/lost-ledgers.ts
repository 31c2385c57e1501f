import { withEveryLedger } from "../../platform/ledger.ts";
import { pageOf, type Position } from "../../shared/cursor.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import type { SpikeConfig } from "../../shared/spike.ts";
import { readSpikes } from "../spikes.ts";

/** Sales asked in one call, and how many at the same moment. */
const SALES_PER_CALL = 100;
const SALES_AT_ONCE = 6;

/**
 * Sales of the catalogue whose ledger is lost or being restored, looked for among SALES_PER_CALL older than
 * `before`. They are in no other list: without a ledger there is nothing to sell.
 */
export async function findLostLedgers(env: Env, before: Position | null) {
  const rows = await readSpikes(env, before, SALES_PER_CALL + 1);
  const { page, ...next } = pageOf(rows, SALES_PER_CALL, ({ createdAt, spike }) => ({
    at: createdAt,
    id: spike.id,
  }));
  const lost: SpikeConfig[] = [];
  await inParallel(page, SALES_AT_ONCE, async ({ spike }) => {
    const conditions = await withEveryLedger(env, spike.id, (ledger) => ledger.condition());
    if (conditions.some((condition) => condition === "lost" || condition === "restoring")) lost.push(spike);
  });
  return { lost, ...next };
}
