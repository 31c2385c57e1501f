import { and, asc, eq, inArray } from "drizzle-orm";
import { audit } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import type { SpikeConfig } from "../../shared/spike.ts";

interface TrailDetails {
  operation?: string;
  quantity?: number;
  after?: { quantity: number; releasedAt: number | null; at: number }[];
}

/**
 * Units of a sale that somebody can vouch for without its ledger: those it was created with, its restocks
 * and the waves whose time has come, as the trail has them. There may have been more: an entry that could
 * not be written is in the log alone.
 * @param now epoch milliseconds.
 */
export async function knownUnits(env: Env, spike: SpikeConfig, now: number): Promise<number> {
  const rows = await database(env)
    .select({ action: audit.action, details: audit.details })
    .from(audit)
    .where(and(eq(audit.subject, spike.id), inArray(audit.action, ["spike.restock", "spike.waves"])))
    .orderBy(asc(audit.at), asc(audit.id));
  const restocks = new Map<string, number>();
  let waves: NonNullable<TrailDetails["after"]> = [];
  for (const { action, details } of rows) {
    const { operation, quantity, after } = details as TrailDetails;
    if (action === "spike.waves") waves = after ?? [];
    else if (operation !== undefined) restocks.set(operation, quantity ?? 0);
  }
  const released = waves.filter(({ at }) => at <= now).map(({ quantity }) => quantity);
  return [...restocks.values(), ...released].reduce((units, quantity) => units + quantity, spike.stock);
}
