import { and, desc, eq, gte, lt, ne, type SQL, sql } from "drizzle-orm";
import { webhookDeliveries } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import { wakeSender } from "../../platform/webhook-sender.ts";
import type { Position } from "../../shared/cursor.ts";
import { randomId } from "../../shared/ids.ts";
import { toInstant } from "../../shared/instant.ts";
import { explain } from "../../shared/explanations.ts";
import { Refusal } from "../../shared/refusals.ts";
import { type DeliveryState, messageIdOf, PING } from "../../shared/webhook.ts";
import { auditIfChanged } from "../audit.ts";
import { readEndpoint } from "./endpoints.ts";

export type WebhookDelivery = typeof webhookDeliveries.$inferSelect;

const PING_NAME_CHARS = 16;
/** A trial is its own subject, so it has one version. */
const PING_VERSION = 1;

const LAST_UNDERSCORE = /^(.+)_(\d{1,15})$/;

export const deliveryIdOf = ({ subject, version }: WebhookDelivery): string => messageIdOf(subject, version);

const idOfRow = sql<string>`${webhookDeliveries.subject} || '_' || ${webhookDeliveries.version}`;

export const positionOf = (delivery: WebhookDelivery): Position => ({
  at: delivery.createdAt,
  id: deliveryIdOf(delivery),
});

/** An endpoint's deliveries, the newest first, at most `limit` of those older than `before`. */
export function readDeliveries(
  env: Env,
  endpointId: string,
  { state, before, limit }: { state: DeliveryState | undefined; before: Position | null; limit: number },
): Promise<WebhookDelivery[]> {
  const { createdAt } = webhookDeliveries;
  return database(env)
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.endpointId, endpointId),
        state === undefined ? undefined : eq(webhookDeliveries.state, state),
        before ? sql`(${createdAt}, ${idOfRow}) < (${before.at}, ${before.id})` : undefined,
      ),
    )
    .orderBy(desc(createdAt), desc(idOfRow))
    .limit(limit);
}

/** Sends an event that means nothing, to try the endpoint out; returns its id. @throws Refusal `not_found`. */
export async function ping(env: Env, endpointId: string, now: number): Promise<string> {
  await readEndpoint(env, endpointId);
  const subject = `ping-${randomId(PING_NAME_CHARS)}`;
  const payload = JSON.stringify({ type: PING, timestamp: toInstant(now), data: { endpointId } });
  await database(env)
    .insert(webhookDeliveries)
    .values({
      ...{ endpointId, subject, version: PING_VERSION, eventType: PING, payload },
      ...{ state: "pending", attempts: 0, nextAttemptAt: now, createdAt: now },
    });
  await wakeSender(env, endpointId, true);
  return messageIdOf(subject, PING_VERSION);
}

/** What an event needs to be sent again. Another time than before, even in the same millisecond: see the sender's `settle`. */
const againAt = (now: number) => ({
  state: "pending" as const,
  attempts: 0,
  nextAttemptAt: sql`${now} - (${webhookDeliveries.nextAttemptAt} = ${now})`,
});

/**
 * Sends one delivery again, whatever became of it; one that waits is sent now. The newer ones of the same order
 * follow, so that the newest is the last that the receiver hears. It knows them by the same ids.
 * @throws Refusal `not_found`.
 */
export async function replayOne(
  env: Env,
  actor: string,
  endpointId: string,
  deliveryId: string,
  now: number,
): Promise<void> {
  const [, subject = "", version] = LAST_UNDERSCORE.exec(deliveryId) ?? [];
  const db = database(env);
  const details = { deliveryId };
  const isNamed = sql`EXISTS (SELECT 1 FROM ${webhookDeliveries} AS named WHERE named.endpoint_id = ${endpointId}
    AND named.subject = ${subject} AND named.version = ${Number(version ?? 0)})`;
  const [changed] = await db.batch([
    db
      .update(webhookDeliveries)
      .set(againAt(now))
      .where(
        and(
          eq(webhookDeliveries.endpointId, endpointId),
          eq(webhookDeliveries.subject, subject),
          gte(webhookDeliveries.version, Number(version ?? 0)),
          isNamed,
        ),
      ),
    auditIfChanged(env, { actor, action: "webhook.replay", subject: endpointId, details }, now),
  ]);
  if (changed.meta.changes === 0) throw new Refusal("not_found", explain("no_such_delivery"));
  await wakeSender(env, endpointId, true);
}

/**
 * Sends everything again that was given up, and what was newer of the same orders after it; returns how many
 * events are sent. @throws Refusal `not_found`.
 */
export async function replayDead(env: Env, actor: string, endpointId: string, now: number): Promise<number> {
  await readEndpoint(env, endpointId);
  const db = database(env);
  const [changed] = await db.batch([
    db
      .update(webhookDeliveries)
      .set(againAt(now))
      .where(and(eq(webhookDeliveries.endpointId, endpointId), isOrFollowsDead(endpointId))),
    auditIfChanged(env, { actor, action: "webhook.replay_all", subject: endpointId, details: {} }, now),
  ]);
  await wakeSender(env, endpointId, true);
  return changed.meta.changes;
}

/** The orders in question first, by the index of what was given up; then, of each, what is not older. */
function isOrFollowsDead(endpointId: string): SQL {
  const { subject, version } = webhookDeliveries;
  return sql`${subject} IN (SELECT subject FROM ${webhookDeliveries} WHERE endpoint_id = ${endpointId} AND state = 'dead')
    AND EXISTS (SELECT 1 FROM ${webhookDeliveries} AS dead WHERE dead.endpoint_id = ${endpointId}
    AND dead.state = 'dead' AND dead.subject = ${subject} AND dead.version <= ${version})`;
}

/** What has arrived is kept for a week, what was given up for a month. Milliseconds. */
export const DELIVERED_KEPT_MS = 7 * 86_400_000;
export const DEAD_KEPT_MS = 30 * 86_400_000;

/** Forgets what is older. Run by cron, endpoint by endpoint, because the index begins with it. */
export async function purgeDeliveries(env: Env, endpointId: string, now: number): Promise<void> {
  const old = (keptMs: number) =>
    and(eq(webhookDeliveries.endpointId, endpointId), lt(webhookDeliveries.createdAt, now - keptMs));
  const db = database(env);
  await db.batch([
    db.delete(webhookDeliveries).where(and(old(DELIVERED_KEPT_MS), eq(webhookDeliveries.state, "delivered"))),
    db.delete(webhookDeliveries).where(and(old(DEAD_KEPT_MS), ne(webhookDeliveries.state, "pending"))),
  ]);
}
