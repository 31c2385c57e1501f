import { and, asc, count, desc, eq, inArray, lt, sql, sum } from "drizzle-orm";
import { deadLetters } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import { withOrderStore } from "../../order/store/open-order-store.ts";
import type { Position } from "../../shared/cursor.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { log, messageOf } from "../../shared/log.ts";
import type { DeadLetterState } from "../../shared/order.ts";
import { explain, type Explanation } from "../../shared/explanations.ts";
import { Refusal } from "../../shared/refusals.ts";
import { type AuditEntry, auditIfChanged } from "../audit.ts";

export type DeadLetter = typeof deadLetters.$inferSelect;

/** Letters sent again by one call of `replayDeadLetters`, and how many at the same moment. */
export const REPLAYS_PER_CALL = 100;
const REPLAYS_AT_ONCE = 6;
/** A queue refuses larger ones: 128 KB, in bytes of the body. */
const QUEUE_BODY_MAX_BYTES = 128_000;
/** When to try again after the queue did not take a letter. */
const RETRY_SECONDS = 5;
/** Letters that were replayed or recorded are kept for this long since they failed, in milliseconds. */
export const CLOSED_LETTER_KEPT_MS = 90 * 86_400_000;
/** Letters that `closeRecordedLetters` looks at in one go, and how many times: no letter of ten thousand is passed over. */
export const LETTERS_PER_PAGE = 500;
const PAGES_PER_RUN_MAX = 20;

const utf8 = new TextEncoder();

/** All given fields must hold. */
export interface DeadLetterFilter {
  state?: DeadLetterState | undefined;
  spikeId?: string | undefined;
}

/** The newest first, at most `limit` of those older than `before`. */
export function readDeadLetters(env: Env, filter: DeadLetterFilter, before: Position | null, limit: number) {
  const { createdAt, id } = deadLetters;
  return database(env)
    .select()
    .from(deadLetters)
    .where(
      and(
        filter.state === undefined ? undefined : eq(deadLetters.state, filter.state),
        filter.spikeId === undefined ? undefined : eq(deadLetters.spikeId, filter.spikeId),
        before ? sql`(${createdAt}, ${id}) < (${before.at}, ${before.id})` : undefined,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
}

/** How many letters somebody has to look at, of all sales or of one. */
export async function countOpenLetters(env: Env, spikeId?: string): Promise<number> {
  const isOpen = eq(deadLetters.state, "open");
  const [row] = await database(env)
    .select({ open: count() })
    .from(deadLetters)
    .where(spikeId === undefined ? isOpen : and(isOpen, eq(deadLetters.spikeId, spikeId)));
  return row?.open ?? 0;
}

/** @throws Refusal `not_found`. */
export async function readDeadLetter(env: Env, id: string): Promise<DeadLetter> {
  const [letter] = await database(env).select().from(deadLetters).where(eq(deadLetters.id, id));
  if (!letter) throw new Refusal("not_found", explain("no_such_letter"));
  return letter;
}

/**
 * Sends a letter to the queue again. One that was replayed already, and has not failed since, is left as
 * it is; being recorded twice would change nothing either.
 * @throws Refusal `not_found`, or `order_state` for a letter that is discarded, recorded or no JSON.
 */
export async function replayDeadLetter(
  env: Env,
  actor: string,
  id: string,
  now: number,
): Promise<DeadLetter> {
  const letter = await readDeadLetter(env, id);
  if (letter.state === "replayed") return letter;
  if (letter.state !== "open") throw new Refusal("order_state", explain("letter_is_closed", letter.state));
  await sendAgain(env, actor, letter, now).catch((error: unknown) => {
    if (error instanceof Refusal) throw error;
    const explained = explain("queue_full", messageOf(error));
    throw new Refusal("overloaded", { ...explained, retryAfter: RETRY_SECONDS });
  });
  return await readDeadLetter(env, id);
}

/**
 * Sends open letters to the queue again, the oldest first, at most REPLAYS_PER_CALL. Those that failed
 * at `before` or later are left for the next time, so that who repeats this comes to an end; those that are
 * no JSON are passed over, however many there are. One that the queue does not take stays open, keeps none of the
 * others back, and counts as failed just now.
 * @param before epoch milliseconds.
 * @returns how many were sent, which were not and why, how many cannot be, and how many are left.
 */
export async function replayDeadLetters(env: Env, actor: string, before: number, now: number) {
  const due = and(eq(deadLetters.state, "open"), lt(deadLetters.failedAt, before));
  const readable = and(due, IS_JSON);
  const db = database(env);
  const oldest = asc(deadLetters.createdAt);
  const letters = await db.select().from(deadLetters).where(readable).orderBy(oldest).limit(REPLAYS_PER_CALL);
  const failed: { id: string; detail: string; explanation?: Explanation | undefined }[] = [];
  await inParallel(letters, REPLAYS_AT_ONCE, async (letter) => {
    try {
      await sendAgain(env, actor, letter, now);
    } catch (error) {
      const explanation = error instanceof Refusal ? error.details.explanation : undefined;
      failed.push({ id: letter.id, detail: messageOf(error), explanation });
    }
  });
  if (failed.length > 0) await leaveForNextTime(env, failed, now);
  const [row] = await db
    .select({ due: count(), readable: sum(IS_JSON) })
    .from(deadLetters)
    .where(due);
  const remaining = Number(row?.readable ?? 0);
  const replayed = letters.length - failed.length;
  return { replayed, failed, unreadable: (row?.due ?? 0) - remaining, remaining };
}

/** Who repeats a replay of all meets these no more. */
async function leaveForNextTime(env: Env, letters: readonly { id: string }[], now: number): Promise<void> {
  const ids = JSON.stringify(letters.map(({ id }) => id));
  log.warn("dead_letters_not_replayed", { letters: letters.length });
  await database(env)
    .update(deadLetters)
    .set({ failedAt: now })
    .where(
      and(eq(deadLetters.state, "open"), sql`${deadLetters.id} IN (SELECT value FROM json_each(${ids}))`),
    );
}

/** SQLite takes for JSON what JSON.parse does, but for what is nested a thousand times. */
const IS_JSON = sql`json_valid(${deadLetters.body})`;

/** First the queue, then the mark: what dies in between is sent twice, never not at all. */
async function sendAgain(env: Env, actor: string, letter: DeadLetter, now: number): Promise<void> {
  const body = bodyOf(letter);
  if (utf8.encode(JSON.stringify(body)).byteLength > QUEUE_BODY_MAX_BYTES) {
    throw new Refusal("order_state", explain("letter_too_large", QUEUE_BODY_MAX_BYTES));
  }
  await env.ORDERS.send(body, { contentType: "json" });
  const db = database(env);
  const { id, attempts, reason } = letter;
  // If it has failed again meanwhile it stays open.
  const asRead = and(
    eq(deadLetters.id, id),
    eq(deadLetters.state, "open"),
    eq(deadLetters.attempts, attempts),
  );
  const entry = { actor, action: "dead_letter.replay", subject: id, details: { attempts, reason } };
  await db.batch([
    db.update(deadLetters).set({ state: "replayed", replayedAt: now }).where(asRead),
    auditIfChanged(env, entry, now),
  ]);
}

/** @throws Refusal `order_state` for a text that was never a message. */
function bodyOf({ body }: DeadLetter): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new Refusal("order_state", explain("letter_no_json"));
  }
}

/**
 * Notes that a letter is not needed. It is kept, and failing again does not open it.
 * @throws Refusal `not_found`, or `order_state` for a letter that is not open.
 */
export async function discardDeadLetter(
  env: Env,
  actor: string,
  id: string,
  reason: string,
  now: number,
): Promise<DeadLetter> {
  const db = database(env);
  const entry: AuditEntry = { actor, action: "dead_letter.discard", subject: id, details: { reason } };
  const isOpen = and(eq(deadLetters.id, id), eq(deadLetters.state, "open"));
  const [discarded] = await db.batch([
    db.update(deadLetters).set({ state: "discarded", note: reason }).where(isOpen),
    auditIfChanged(env, entry, now),
  ]);
  const letter = await readDeadLetter(env, id);
  // What a database makes of half a character is not what was sent.
  if (discarded.meta.changes > 0 || (letter.state === "discarded" && letter.note === reason)) return letter;
  throw new Refusal("order_state", explain("letter_is_closed", letter.state));
}

/**
 * Closes letters whose orders came into the database on another way: the ledger sends on, whatever
 * becomes of one message. Forgets letters that have been closed for long; discarded ones are kept. Run by cron.
 * @param now epoch milliseconds.
 */
export async function closeRecordedLetters(env: Env, now: number): Promise<void> {
  await database(env)
    .delete(deadLetters)
    .where(
      and(
        inArray(deadLetters.state, ["replayed", "recorded"]),
        lt(deadLetters.failedAt, now - CLOSED_LETTER_KEPT_MS),
      ),
    );
  let after: Position | null = null;
  for (let pages = 0; pages < PAGES_PER_RUN_MAX; pages++) {
    const letters = await openLettersAfter(env, after);
    await closeIfRecorded(env, letters);
    const last = letters.at(-1);
    if (!last || letters.length < LETTERS_PER_PAGE) return;
    after = { at: last.createdAt, id: last.id };
  }
}

type OpenLetter = Pick<DeadLetter, "id" | "createdAt" | "orderId" | "version">;

/** Open letters, the oldest first, with the order each of them speaks of. */
function openLettersAfter(env: Env, after: Position | null): Promise<OpenLetter[]> {
  const { id, createdAt, orderId, version, state } = deadLetters;
  return database(env)
    .select({ id, createdAt, orderId, version })
    .from(deadLetters)
    .where(
      and(eq(state, "open"), after ? sql`(${createdAt}, ${id}) > (${after.at}, ${after.id})` : undefined),
    )
    .orderBy(asc(createdAt), asc(id))
    .limit(LETTERS_PER_PAGE);
}

async function closeIfRecorded(env: Env, letters: readonly OpenLetter[]): Promise<void> {
  const orderIds = letters.flatMap(({ orderId }) => orderId ?? []);
  if (orderIds.length === 0) return;
  const orders = await withOrderStore(env, (store) => store.findMany(orderIds));
  const versions = new Map(orders.map(({ orderId, version }) => [orderId, version]));
  const recorded = letters.filter(
    ({ orderId, version }) => orderId !== null && (versions.get(orderId) ?? 0) >= (version ?? 1),
  );
  if (recorded.length === 0) return;
  const ids = JSON.stringify(recorded.map(({ id }) => id));
  const isRecorded = sql`${deadLetters.id} IN (SELECT value FROM json_each(${ids}))`;
  await database(env)
    .update(deadLetters)
    .set({ state: "recorded" })
    .where(and(eq(deadLetters.state, "open"), isRecorded));
}
