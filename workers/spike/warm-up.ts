import { and, asc, gt, lte } from "drizzle-orm";
import { spikes } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { withGate } from "../platform/gate.ts";
import { readStatus } from "../platform/sale-ledgers.ts";
import { loadSpikeSettings } from "../platform/settings-store.ts";
import { stripesOf } from "../shared/ids.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { log, messageOf } from "../shared/log.ts";
import { findSale } from "./catalogue.ts";

/** Sales that start within this time are woken, in milliseconds: cron comes every minute, perhaps a little late. */
export const WARM_UP_AHEAD_MS = 120_000;
/** Sales woken in one run, the next to start first; with all they have they stay within a thousand calls. */
export const WARM_UP_SALES_MAX = 100;
/** Calls one run makes to gates and to the ledgers of split sales, at most; past it those start cold. */
const WARM_UP_CALLS_MAX = 600;
const SALES_AT_ONCE = 10;

/**
 * Wakes what the first purchases of a sale will need before they come: its ledger and gates, which would
 * otherwise be loaded from disk while the crowd waits, and the caches of this location. Safe to repeat;
 * a sale that cannot be woken starts cold.
 * @param now the server's clock, epoch milliseconds.
 * @returns how many sales were woken.
 */
export async function warmUp(env: Env, now: number): Promise<number> {
  const soon = await database(env)
    .select({ id: spikes.id, startsAt: spikes.startsAt })
    .from(spikes)
    .where(and(gt(spikes.startsAt, now), lte(spikes.startsAt, now + WARM_UP_AHEAD_MS)))
    .orderBy(asc(spikes.startsAt))
    .limit(WARM_UP_SALES_MAX);
  let [woken, callsLeft] = [0, WARM_UP_CALLS_MAX];
  await inParallel(soon, SALES_AT_ONCE, async ({ id, startsAt }) => {
    try {
      const { gatesPerSpike } = await loadSpikeSettings(env, id);
      // What is past the first ledger is counted; the first one is counted as a sale.
      const ledgers = stripesOf(id) - 1;
      if (ledgers > callsLeft) return;
      const gates = Math.min(gatesPerSpike, callsLeft - ledgers);
      callsLeft -= ledgers + gates;
      await wake(env, id, gates, startsAt);
      woken += 1;
    } catch (error) {
      log.warn("not_warmed_up", { spikeId: id, message: messageOf(error) });
    }
  });
  if (woken > 0) log.info("warmed_up", { sales: woken });
  return woken;
}

async function wake(env: Env, id: string, gates: number, startsAt: number): Promise<void> {
  await readStatus(env, id);
  await findSale(env, id);
  const numbers = Array.from({ length: gates }, (_, gate) => gate);
  // Until the start they may fall asleep again, so they wake themselves once more, as the ledger does.
  await Promise.all(numbers.map((gate) => withGate(env, id, gate, (stub) => stub.wakeBefore(startsAt))));
}
