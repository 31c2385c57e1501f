import { desc, eq, gte, max } from "drizzle-orm";
import { settingsVersions, spikes } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { isStoredForSpike, saveSpikeSettings } from "../platform/settings-store.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { ofSpike, readSettings } from "./settings.ts";

/** What was changed within this time is compared, in milliseconds: cron comes every minute, and may be away for a while. */
const RECENT_MS = 3_600_000;
/** Sales compared in one run, those that were changed last, and at a time. */
export const SALES_MAX = 100;
const SALES_AT_ONCE = 10;

/**
 * What cron does for the settings that sales have of their own: repairs the copies towards the edge that a failure or
 * two changes at once may have left behind. Safe to repeat.
 * @param now epoch milliseconds.
 */
export async function republishSpikeSettings(env: Env, now: number): Promise<void> {
  // A sale that was deleted has no copy, and is to get none.
  const changed = await database(env)
    .select({ id: settingsVersions.scope })
    .from(settingsVersions)
    .innerJoin(spikes, eq(spikes.id, settingsVersions.scope))
    .where(gte(settingsVersions.createdAt, now - RECENT_MS))
    .groupBy(settingsVersions.scope)
    .orderBy(desc(max(settingsVersions.createdAt)))
    .limit(SALES_MAX);
  await inParallel(changed, SALES_AT_ONCE, async ({ id }) => {
    const { values } = await readSettings(env, ofSpike(id));
    if (!(await isStoredForSpike(env, id, values))) await saveSpikeSettings(env, id, values);
  });
}
