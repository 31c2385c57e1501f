import { and, eq, inArray, sql } from "drizzle-orm";
import { orders } from "../database/schema.ts";
import { database } from "../platform/database.ts";

/** Those of the spikes in which the user has a paid order that the database knows of. */
export async function readPurchases(
  env: Env,
  userId: string,
  spikeIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(spikeIds)}))`;
  const rows = await database(env)
    .selectDistinct({ spikeId: orders.spikeId })
    .from(orders)
    .where(and(eq(orders.userId, userId), eq(orders.state, "paid"), inArray(orders.spikeId, wanted)));
  return new Set(rows.map(({ spikeId }) => spikeId));
}
