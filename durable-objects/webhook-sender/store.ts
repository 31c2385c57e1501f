import { and, asc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { alias } from "drizzle-orm/sqlite-core";
import { webhookDeliveries, webhookEndpoints } from "../../workers/database/schema.ts";
import type { WebhookSecret } from "../../workers/shared/webhook.ts";
import { ANSWER_MAX_BYTES, type DueDelivery, type Outcome } from "./delivery.ts";
import { retryDelayMs } from "./schedule.ts";

export interface Endpoint {
  id: string;
  url: string;
  enabled: boolean;
  secrets: WebhookSecret[];
}

/** What the sender reads and writes of one endpoint. */
export interface SenderStore {
  endpoint(): Promise<Endpoint | null>;
  /** Due events, at most `limit`, and of each order only the oldest version that has not arrived. */
  due(now: number, limit: number): Promise<DueDelivery[]>;
  /**
   * Writes down how attempts ended and when the failed ones are due again. One that was asked for again while it
   * was on its way stays due.
   */
  settle(settled: readonly { delivery: DueDelivery; outcome: Outcome }[], now: number): Promise<void>;
  /** When the next event is due of those that `due` can give, epoch milliseconds; null when none waits. */
  nextDueAt(): Promise<number | null>;
}

/** As text, because SQLite uses an index of pending rows only where it reads the condition literally. */
const IS_PENDING = sql`${webhookDeliveries.state} = 'pending'`;

export function senderStore(database: D1Database, endpointId: string, random: () => number): SenderStore {
  const db = drizzle(database);
  const earlier = alias(webhookDeliveries, "earlier");
  const mine = eq(webhookDeliveries.endpointId, endpointId);
  const { subject, version, payload, attempts, nextAttemptAt } = webhookDeliveries;
  /** An older version of its order has not arrived yet: until then it is not due, whatever its row says. */
  const isBehindAnother = sql`EXISTS (SELECT 1 FROM ${webhookDeliveries} AS earlier
    WHERE ${earlier.endpointId} = ${webhookDeliveries.endpointId} AND ${earlier.subject} = ${subject}
      AND ${earlier.version} < ${version} AND ${earlier.state} = 'pending')`;
  return {
    async endpoint() {
      const [row] = await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, endpointId));
      return row ?? null;
    },
    async due(now, limit) {
      return await db
        .select({ subject, version, payload, attempts, nextAttemptAt })
        .from(webhookDeliveries)
        .where(and(mine, IS_PENDING, sql`${nextAttemptAt} <= ${now}`, sql`NOT ${isBehindAnother}`))
        .orderBy(asc(nextAttemptAt))
        .limit(limit);
    },
    async settle(settled, now) {
      const [first, ...others] = settled.map(({ delivery, outcome }) =>
        db
          .update(webhookDeliveries)
          .set(changesFor(delivery, outcome, now, random()))
          .where(
            and(
              mine,
              eq(webhookDeliveries.subject, delivery.subject),
              eq(webhookDeliveries.version, delivery.version),
              eq(webhookDeliveries.attempts, delivery.attempts),
              eq(webhookDeliveries.nextAttemptAt, delivery.nextAttemptAt),
              IS_PENDING,
            ),
          ),
      );
      if (first) await db.batch([first, ...others]);
    },
    async nextDueAt() {
      const [row] = await db
        .select({ at: nextAttemptAt })
        .from(webhookDeliveries)
        .where(and(mine, IS_PENDING, sql`NOT ${isBehindAnother}`))
        .orderBy(asc(nextAttemptAt))
        .limit(1);
      return row?.at ?? null;
    },
  };
}

function changesFor(delivery: DueDelivery, outcome: Outcome, now: number, random: number) {
  const attempts = delivery.attempts + 1;
  const common = {
    attempts,
    attemptedAt: now,
    lastStatus: outcome.status,
    lastError: outcome.error?.slice(0, ANSWER_MAX_BYTES * 2) ?? null,
  };
  if (outcome.ok) return { ...common, state: "delivered" as const };
  const delayMs = retryDelayMs(attempts, random);
  if (delayMs === null) return { ...common, state: "dead" as const };
  return { ...common, nextAttemptAt: now + Math.max(delayMs, outcome.askedPauseMs ?? 0) };
}
