import { drizzle } from "drizzle-orm/d1";
import { deadLetters } from "../../database/schema.ts";
import { log, messageOf } from "../../shared/log.ts";
import { retryDelaySeconds } from "./retry-delay.ts";

/** A message that could not be recorded, as the queue delivered it. */
export interface DeadLetter {
  message: Message;
  queue: string;
  reason: string;
  /** How often the order consumer was given it. */
  attempts: number;
  /** Epoch milliseconds. */
  now: number;
}

/** Keeps a dead letter where an operator finds it. Of the same message the first one is kept. */
export type KeepDeadLetter = (letter: DeadLetter) => Promise<void>;

/** Keeps dead letters in D1. */
export function keepDeadLettersIn(database: D1Database): KeepDeadLetter {
  const db = drizzle(database);
  return async function keepDeadLetter({ message, queue, reason, attempts, now }) {
    const body = textOf(message.body);
    const row = { id: message.id, queue, body, reason, attempts, createdAt: now };
    await db.insert(deadLetters).values(row).onConflictDoNothing();
  };
}

/** Keeps the letter, and only then takes its message off the queue. */
export async function bury(letter: DeadLetter, keep: KeepDeadLetter): Promise<void> {
  const { message, queue, reason } = letter;
  try {
    await keep(letter);
    message.ack();
    log.error("dead_letter_kept", { messageId: message.id, queue, reason });
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
