import { asc, desc, eq, gt, lte } from "drizzle-orm";
import { spikes } from "../database/schema.ts";
import { database, nearestDatabase } from "../platform/database.ts";
import { countLoad } from "../platform/load-counts.ts";
import { SPIKE_LIST_MAX } from "../shared/limits.ts";
import type { SpikeConfig } from "../shared/spike.ts";

type SpikeRow = typeof spikes.$inferSelect;

/** The spike as the database holds it at this moment, or null. */
export async function readSpike(env: Env, id: string): Promise<SpikeConfig | null> {
  const [row] = await database(env).select().from(spikes).where(eq(spikes.id, id));
  return row ? toConfig(row) : null;
}

/** The spike as the nearest copy of the database holds it, or null. */
export async function readNearestSpike(env: Env, id: string): Promise<SpikeConfig | null> {
  countLoad("spike");
  const [row] = await nearestDatabase(env).select().from(spikes).where(eq(spikes.id, id));
  return row ? toConfig(row) : null;
}

/**
 * At most SPIKE_LIST_MAX spikes as the nearest copy of the database holds them: first those that are not
 * over, by their start, so that running sales and the next ones are always among them; then the latest
 * to end.
 * @param now epoch milliseconds.
 */
export async function readListedSpikes(env: Env, now: number): Promise<SpikeConfig[]> {
  countLoad("spike_list");
  const db = nearestDatabase(env);
  const [current, over] = await db.batch([
    db
      .select()
      .from(spikes)
      .where(gt(spikes.endsAt, now))
      .orderBy(asc(spikes.startsAt), asc(spikes.id))
      .limit(SPIKE_LIST_MAX),
    db
      .select()
      .from(spikes)
      .where(lte(spikes.endsAt, now))
      .orderBy(desc(spikes.endsAt), desc(spikes.id))
      .limit(SPIKE_LIST_MAX),
  ]);
  return [...current, ...over].slice(0, SPIKE_LIST_MAX).map(toConfig);
}

export function toConfig({ createdAt: _createdAt, updatedAt: _updatedAt, ...config }: SpikeRow): SpikeConfig {
  return config;
}
