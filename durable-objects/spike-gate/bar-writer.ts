import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { blacklist } from "../../workers/database/schema.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import { type Subject, subjectKey } from "../../workers/shared/strikes.ts";
import type { Bar } from "./strike-keeper.ts";

/** `created_by` of entries that nobody wrote by hand. */
export const SYSTEM = "system";

/** Bars that wait for a database that is away; more than a sale ever has. */
export const UNWRITTEN_MAX = 5_000;
/** Rows of one statement, which travel as one JSON parameter. */
const ROWS_PER_WRITE_MAX = 1_000;
/** Pause before a failed write is tried again, in milliseconds. */
const RETRY_MS = 5_000;

/**
 * Writes bars to the blacklist, without anybody waiting for it: what fails is kept and tried again
 * with later work of the gate. Writing twice is the same as once.
 */
export class BarWriter {
  readonly #database: D1Database;
  readonly #unwritten = new Map<string, Bar>();
  #writing = false;
  #notBefore = -Infinity;

  constructor(database: D1Database) {
    this.#database = database;
  }

  get hasWork(): boolean {
    return this.#unwritten.size > 0;
  }

  add(bar: Bar): void {
    // Of so many at a time some will strike again.
    if (this.#unwritten.size < UNWRITTEN_MAX) this.#unwritten.set(subjectKey(bar.subject), bar);
  }

  /** Forgets a bar that was lifted before it was written. */
  drop(subject: Subject): void {
    this.#unwritten.delete(subjectKey(subject));
  }

  /** Writes what waits, unless a write is under way or failed just now; `now` in epoch milliseconds. Never rejects. */
  async write(now: number): Promise<void> {
    // A clock that has gone back must not keep the bars waiting.
    const isPausing = now < this.#notBefore && this.#notBefore - now <= RETRY_MS;
    if (this.#writing || isPausing || !this.hasWork) return;
    this.#writing = true;
    const batch = [...this.#unwritten].slice(0, ROWS_PER_WRITE_MAX);
    try {
      await this.#upsert(batch.map(([, bar]) => bar));
      for (const [key, bar] of batch) if (this.#unwritten.get(key) === bar) this.#unwritten.delete(key);
      for (const [key, { reason, until }] of batch)
        log.warn("barred_by_strikes", { subject: key, reason, until });
    } catch (error) {
      this.#notBefore = now + RETRY_MS;
      log.error("bars_not_written", { bars: this.#unwritten.size, message: messageOf(error) });
    } finally {
      this.#writing = false;
    }
  }

  /** An entry in force is only ever made longer; one that has run out is replaced. */
  async #upsert(bars: Bar[]): Promise<void> {
    const rows = bars.map(({ subject, reason, until, at }) => ({ ...subject, reason, until, at }));
    const field = (name: string) => sql.raw(`value ->> '$.${name}'`);
    await drizzle(this.#database).run(sql`
      INSERT INTO ${blacklist} (kind, value, reason, expires_at, created_at, created_by)
      SELECT ${field("kind")}, ${field("value")}, 'strikes: ' || (${field("reason")}), ${field("until")}, ${field("at")}, ${SYSTEM}
      FROM json_each(${JSON.stringify(rows)}) WHERE true
      ON CONFLICT (kind, value) DO UPDATE SET
        reason = CASE WHEN expires_at <= excluded.created_at THEN excluded.reason ELSE reason END,
        created_by = CASE WHEN expires_at <= excluded.created_at THEN excluded.created_by ELSE created_by END,
        created_at = CASE WHEN expires_at <= excluded.created_at THEN excluded.created_at ELSE created_at END,
        expires_at = excluded.expires_at
      WHERE expires_at < excluded.expires_at`);
  }
}
