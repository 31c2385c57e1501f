import { desc, eq } from "drizzle-orm";
import { spikes } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { SPIKE_LIST_MAX } from "../shared/limits.ts";
import type { SpikeConfig } from "../shared/spike.ts";

type SpikeRow = typeof spikes.$inferSelect;

/** The spike as the database holds it at this moment, or null. */
export async function readSpike(env: Env, id: string): Promise<SpikeConfig | null> {
  const [row] = await database(env).select().from(spikes).where(eq(spikes.id, id));
  return row ? toConfig(row) : null;
}

/** At most SPIKE_LIST_MAX spikes, those that end last first. */
export async function readLatestSpikes(env: Env): Promise<SpikeConfig[]> {
  const rows = await database(env)
    .select()
    .from(spikes)
    .orderBy(desc(spikes.endsAt), desc(spikes.id))
    .limit(SPIKE_LIST_MAX);
  return rows.map(toConfig);
}

export function toConfig({ createdAt: _createdAt, updatedAt: _updatedAt, ...config }: SpikeRow): SpikeConfig {
  return config;
}
