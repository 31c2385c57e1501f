import { and, desc, gt, sql } from "drizzle-orm";
import { reconciliations, spikes } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import { log, messageOf } from "../../shared/log.ts";
import { CRON, driveRun, openRun } from "./drive.ts";
import { purgeComparisons, readAbandonedRuns, type Run } from "./runs.ts";

/** After its end and its last hold a sale gets this long to have everything recorded, in milliseconds. */
export const RECONCILE_AFTER_END_MS = 120_000;
/** A sale that ended longer ago than this is not looked at by itself any more, in milliseconds. */
export const RECONCILE_END_AGE_MAX_MS = 7 * 86_400_000;
/** A run nobody has driven on for this long is driven on by cron, in milliseconds. */
export const RUN_ABANDONED_MS = 60_000;
/** Comparisons are kept for this long, in milliseconds. */
export const COMPARISON_KEPT_MS = 90 * 86_400_000;
/** Runs of each sort looked at in one minute. */
const RUNS_PER_MINUTE_MAX = 100;
/** A minute's work ends after this, in milliseconds; the next minute goes on. */
const JOB_MAX_MS = 30_000;

/**
 * Goes on with runs that were left half-way, and compares each sale with its orders once it is over.
 * Safe to repeat and to run twice at once.
 * @param now epoch milliseconds.
 */
export async function reconcileByCron(env: Env, now: number): Promise<void> {
  const until = Date.now() + JOB_MAX_MS;
  const isTimeUp = () => Date.now() >= until;
  const drive = async (spikeId: string, open: () => Promise<Run>) => {
    if (isTimeUp()) return;
    try {
      await driveRun(env, await open(), until);
    } catch (error) {
      // One sale that cannot be compared must not keep the others waiting.
      log.error("reconciliation_failed", { spikeId, message: messageOf(error) });
    }
  };
  for (const run of await readAbandonedRuns(env, now - RUN_ABANDONED_MS, RUNS_PER_MINUTE_MAX)) {
    await drive(run.spikeId, () => Promise.resolve(run));
  }
  for (const spikeId of await endedSales(env, now)) {
    await drive(spikeId, () => openRun(env, spikeId, { mode: "compare", actor: CRON }, now));
  }
  await purgeComparisons(env, now - COMPARISON_KEPT_MS);
}

/** Sales that are over and were not compared since; those that ended last come first. */
async function endedSales(env: Env, now: number): Promise<string[]> {
  const overAt = sql`${spikes.endsAt} + ${spikes.holdSeconds} * 1000`;
  const isCompared = sql`EXISTS (SELECT 1 FROM ${reconciliations}
    WHERE ${reconciliations.spikeId} = ${spikes.id} AND ${reconciliations.startedAt} >= ${overAt})`;
  const rows = await database(env)
    .select({ id: spikes.id })
    .from(spikes)
    .where(
      and(
        gt(spikes.endsAt, now - RECONCILE_END_AGE_MAX_MS),
        sql`${overAt} <= ${now - RECONCILE_AFTER_END_MS}`,
        sql`NOT ${isCompared}`,
      ),
    )
    .orderBy(desc(spikes.endsAt))
    .limit(RUNS_PER_MINUTE_MAX);
  return rows.map(({ id }) => id);
}
