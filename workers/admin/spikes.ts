import { and, desc, eq, sql } from "drizzle-orm";
import { spikes } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { discardLedgers, eraseLedgers, RollOutUnderWay } from "../platform/sale-ledgers.ts";
import { eraseFigures } from "../platform/monitor.ts";
import { saveSpikeSettings } from "../platform/settings-store.ts";
import type { Position } from "../shared/cursor.ts";
import { newSpikeId, spikeIdFrom, stripedSpikeId } from "../shared/ids.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import type { SpikeConfig, StockStatus } from "../shared/spike.ts";
import {
  completeSale,
  configureLedger,
  forgetSpike,
  noSuchSpike,
  rememberSpike,
  type Sale,
} from "../spike/catalogue.ts";
import type { SpikeChanges, SpikeDefinition } from "../spike/schemas.ts";
import { readSpike, toConfig } from "../spike/spike-rows.ts";
import { type AuditEntry, auditIfChanged } from "./audit.ts";
import { tellLedger } from "./kill-switch.ts";
import { currentSwitch } from "./settings.ts";
import { changeSpike, defineSpike } from "./spike-definition.ts";

/** How often an update is tried when other admins change the same spike at the same moment. */
const UPDATE_ATTEMPTS_MAX = 5;

/**
 * Creates a spike: first its ledger, then its row, so that what the catalogue shows can be sold. When
 * it fails in between, a ledger remains that no row leads to, which is harmless.
 * @param key the client's idempotency key: the same key and definition from the same admin create one spike.
 * @throws Refusal `invalid_request` naming the fields, or `idempotency_conflict` when the spike that this
 *   key created was deleted since.
 */
export async function createSpike(
  env: Env,
  actor: string,
  definition: SpikeDefinition,
  key: string | undefined,
): Promise<Sale> {
  const id = await newIdFor(actor, definition, key);
  const known = key === undefined ? null : await readSpike(env, id);
  if (known) return await completeSale(env, known);
  const spike = defineSpike(id, definition);
  const order = await currentSwitch(env);
  await openLedger(env, spike);
  const stock = await tellLedger(env, id, order);
  const now = Date.now();
  await database(env).batch([
    database(env)
      .insert(spikes)
      .values({ ...spike, createdAt: now, updatedAt: now })
      .onConflictDoNothing(),
    auditIfChanged(env, { actor, action: "spike.create", subject: id, details: { after: spike } }, now),
  ]);
  rememberSpike(spike);
  return { spike, stock };
}

/** With a key, the same for the same definition from the same admin. */
async function newIdFor(
  actor: string,
  { stripes, ...definition }: SpikeDefinition,
  key: string | undefined,
): Promise<string> {
  if (key === undefined) return stripedSpikeId(newSpikeId(), stripes);
  return stripedSpikeId(await spikeIdFrom(JSON.stringify([actor, key, definition])), stripes);
}

async function openLedger(env: Env, spike: SpikeConfig): Promise<StockStatus> {
  try {
    return await configureLedger(env, spike);
  } catch (error) {
    // Ledgers that were made wrongly must not be found by a repeat.
    if (error instanceof RollOutUnderWay) await discardLedgers(env, spike.id);
    if (!(error instanceof Refusal && error.code === "not_found")) throw error;
    throw new Refusal("idempotency_conflict", explain("sale_of_key_deleted"));
  }
}

/**
 * Changes a spike: first its row, whose version decides between admins who change it at once, then
 * its ledger. When the ledger cannot be told, the next reader of the spike tells it, or a repeat of
 * this call.
 * @throws Refusal `not_found`, or `invalid_request` naming the fields.
 */
export async function updateSpike(env: Env, actor: string, id: string, changes: SpikeChanges): Promise<Sale> {
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
    const { spike: before, stock } = await readSale(env, id);
    const now = Date.now();
    const after = changeSpike(before, changes, stock, now);
    if (after === before) return { spike: before, stock };
    if (await replaceRow(env, before, after, { actor, now })) {
      rememberSpike(after);
      await configureLedger(env, after);
      return { spike: after, stock: await tellLedger(env, id, await currentSwitch(env)) };
    }
  }
  throw new Refusal("overloaded", {
    ...explain("sale_contended"),
    retryAfter: 1,
  });
}

/** Whether the row was still at `before`'s version, and is now `after`. */
async function replaceRow(
  env: Env,
  before: SpikeConfig,
  after: SpikeConfig,
  { actor, now }: { actor: string; now: number },
): Promise<boolean> {
  const db = database(env);
  const entry: AuditEntry = {
    actor,
    action: "spike.update",
    subject: before.id,
    details: { before: difference(before, after), after: difference(after, before) },
  };
  const [changed] = await db.batch([
    db
      .update(spikes)
      .set({ ...after, updatedAt: now })
      .where(and(eq(spikes.id, before.id), eq(spikes.version, before.version))),
    auditIfChanged(env, entry, now),
  ]);
  return changed.meta.changes > 0;
}

/** The fields of `one` that are different in `other`. */
function difference(one: SpikeConfig, other: SpikeConfig): Partial<SpikeConfig> {
  const fields = Object.entries(one).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(other[field as keyof SpikeConfig]),
  );
  return Object.fromEntries(fields);
}

/**
 * Deletes a spike: first its ledger, which refuses while orders are open, then its row. When it fails
 * in between, the catalogue no longer shows the row, and a repeat completes the deletion. The orders
 * of the spike stay in the database.
 * @throws Refusal `not_found`, or `order_state` while an order is reserved or not yet in the database.
 */
export async function deleteSpike(env: Env, actor: string, id: string): Promise<void> {
  const spike = await readSpike(env, id);
  if (!spike) throw noSuchSpike();
  const erased = await eraseLedgers(env, id, Date.now());
  if (!erased) {
    throw new Refusal("order_state", explain("orders_open"));
  }
  await eraseFigures(env, id);
  await saveSpikeSettings(env, id, {});
  const db = database(env);
  await db.batch([
    db.delete(spikes).where(eq(spikes.id, id)),
    auditIfChanged(
      env,
      { actor, action: "spike.delete", subject: id, details: { before: spike } },
      Date.now(),
    ),
  ]);
  forgetSpike(id);
}

/**
 * A spike as the database and the ledger hold it now, past every cache.
 * @throws Refusal `not_found`.
 */
export async function readSale(env: Env, id: string): Promise<Sale> {
  const spike = await readSpike(env, id);
  if (!spike) throw noSuchSpike();
  return await completeSale(env, spike);
}

/** The newest spikes first, at most `limit` of those older than `before`. */
export async function readSpikes(env: Env, before: Position | null, limit: number) {
  const rows = await database(env)
    .select()
    .from(spikes)
    .where(before ? sql`(${spikes.createdAt}, ${spikes.id}) < (${before.at}, ${before.id})` : undefined)
    .orderBy(desc(spikes.createdAt), desc(spikes.id))
    .limit(limit);
  return rows.map((row) => ({ createdAt: row.createdAt, spike: toConfig(row) }));
}
