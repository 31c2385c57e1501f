import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { base64url } from "jose";
import { deadLetters } from "../../database/schema.ts";
import { log, messageOf } from "../../shared/log.ts";
import type { OrderEventsMessage, OrderSnapshot } from "../../shared/order.ts";
import { retryDelaySeconds } from "./retry-delay.ts";

/** A message that could not be recorded, as the queue delivered it. */
export interface DeadLetter {
  message: Message;
  queue: string;
  /** What could not be recorded of it: some of its orders, or the message as a whole. */
  faults: Fault[];
  /** How often the order consumer was given it. */
  attempts: number;
  /** Epoch milliseconds. */
  now: number;
}

/** `order` is absent when nobody can read the message. */
export interface Fault {
  reason: string;
  order?: OrderSnapshot;
}

/** Keeps a dead letter where an operator finds it. The same letter again changes nothing. */
export type KeepDeadLetter = (letter: DeadLetter) => Promise<void>;

/**
 * Keeps dead letters in D1, one row for each fault. The ledger sends an order again for as long as it is
 * not recorded, in ever new messages, so a row is named after what is in it: the next message that fails
 * with the same order, or the same text, is one more attempt. A letter that was replayed and fails again is open
 * again; one that was discarded stays so.
 */
export function keepDeadLettersIn(database: D1Database): KeepDeadLetter {
  const db = drizzle(database);
  return async function keepDeadLetter({ message, queue, faults, attempts, now }) {
    const rows = await Promise.all(faults.map((fault) => rowOf(fault, message.body)));
    // In the order of the table's columns. "WHERE true" keeps SQLite from reading ON CONFLICT as the ON of a join.
    const values = sql`SELECT value ->> 0, ${queue}, value ->> 1, value ->> 2, ${attempts}, ${now}, NULL, 'open',
      ${now}, value ->> 3, value ->> 4, value ->> 5, ${message.id}, ${attempts}, NULL
      FROM json_each(${JSON.stringify(rows)}) WHERE true`;
    const isOther = sql`${deadLetters.messageId} <> excluded.message_id`;
    const counted = sql`CASE WHEN ${isOther} THEN 0 ELSE ${deadLetters.messageAttempts} END`;
    await db
      .insert(deadLetters)
      .select(values)
      .onConflictDoUpdate({
        target: deadLetters.id,
        set: {
          state: sql`CASE WHEN ${isOther} AND ${deadLetters.state} <> 'discarded' THEN 'open' ELSE ${deadLetters.state} END`,
          attempts: sql`${deadLetters.attempts} + excluded.message_attempts - ${counted}`,
          ...{ queue: sql`excluded.queue`, reason: sql`excluded.reason`, failedAt: sql`excluded.failed_at` },
          ...{ messageId: sql`excluded.message_id`, messageAttempts: sql`excluded.message_attempts` },
        },
      });
  };
}

/** What a fault's row has of its own: id, body, reason, spike, order and version. */
async function rowOf({ reason, order }: Fault, body: unknown): Promise<(string | number | null)[]> {
  if (!order) {
    const text = textOf(body);
    return [await digestOf(text), text, reason, null, null, null];
  }
  const { spikeId, spikeTitle, currency, ...event } = order;
  const message: OrderEventsMessage = { format: 1, spikeId, spikeTitle, currency, events: [event] };
  const { orderId, version } = order;
  return [`${orderId}.${version}`, JSON.stringify(message), reason, spikeId, orderId, version];
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return base64url.encode(new Uint8Array(digest));
}

/** Keeps the letter, and only then takes its message off the queue. */
export async function bury(letter: DeadLetter, keep: KeepDeadLetter): Promise<void> {
  const { message, queue, faults } = letter;
  const reason = faults[0]?.reason;
  try {
    await keep(letter);
    message.ack();
    log.error("dead_letter_kept", { messageId: message.id, queue, faults: faults.length, reason });
  } catch (error) {
    message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
    log.error("dead_letter_not_kept", { messageId: message.id, queue, reason, message: messageOf(error) });
  }
}

/**
 * The body as JSON, or as plain text where JSON cannot say it. Never shortened, so that it can be
 * replayed: the queue's 128 KB grow sixfold at most when escaped, which a row of D1 still holds.
 */
function textOf(body: unknown): string {
  try {
    return JSON.stringify(body) ?? String(body);
  } catch {
    return String(body);
  }
}
