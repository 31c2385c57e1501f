import { type Blacklist, type BlacklistEntry, ENTRIES_PER_CALL_MAX } from "../../workers/shared/blacklist.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import { type Subject, subjectKey } from "../../workers/shared/strikes.ts";
import type { Bar } from "./strike-keeper.ts";

/** `created_by` of entries that nobody wrote by hand. */
export const SYSTEM = "system";

/** Bars that wait for a Redis that is away; more than a sale ever has. */
export const UNWRITTEN_MAX = 5_000;
/** Pause before a failed write is tried again, in milliseconds. */
const RETRY_MS = 5_000;

/**
 * Writes bars to the blacklist, without anybody waiting for it: what fails is kept and tried again
 * with later work of the gate. Writing twice is the same as once.
 */
export class BarWriter {
  readonly #blacklist: Pick<Blacklist, "add">;
  readonly #unwritten = new Map<string, Bar>();
  #writing: Promise<void> | null = null;
  #notBefore = -Infinity;

  constructor(blacklist: Pick<Blacklist, "add">) {
    this.#blacklist = blacklist;
  }

  get hasWork(): boolean {
    return this.#unwritten.size > 0;
  }

  add(bar: Bar): void {
    // Of so many at a time some will strike again.
    if (this.#unwritten.size < UNWRITTEN_MAX) this.#unwritten.set(subjectKey(bar.subject), bar);
  }

  /** Whether a bar of this subject waits to be written. */
  holds(subject: Subject): boolean {
    return this.#unwritten.has(subjectKey(subject));
  }

  /** Forgets a bar that was lifted before it was written; resolves when it is not being written either. Never rejects. */
  async drop(subject: Subject): Promise<void> {
    this.#unwritten.delete(subjectKey(subject));
    await this.#writing;
  }

  /** Writes what waits, unless a write is under way or failed just now; `now` in epoch milliseconds. Never rejects. */
  async write(now: number): Promise<void> {
    // A clock that has gone back must not keep the bars waiting.
    const isPausing = now < this.#notBefore && this.#notBefore - now <= RETRY_MS;
    if (this.#writing || isPausing || !this.hasWork) return;
    this.#writing = this.#writeBatch(now);
    await this.#writing;
    this.#writing = null;
  }

  async #writeBatch(now: number): Promise<void> {
    const batch = [...this.#unwritten].slice(0, ENTRIES_PER_CALL_MAX);
    try {
      const entries = batch.map(([, bar]) => toEntry(bar));
      await this.#blacklist.add(entries, now);
      for (const [key, bar] of batch) if (this.#unwritten.get(key) === bar) this.#unwritten.delete(key);
      for (const [key, { reason, until }] of batch)
        log.warn("barred_by_strikes", { subject: key, reason, until });
    } catch (error) {
      this.#notBefore = now + RETRY_MS;
      log.error("bars_not_written", { bars: this.#unwritten.size, message: messageOf(error) });
    }
  }
}

function toEntry({ subject, reason, until, at }: Bar): BlacklistEntry {
  return { ...subject, reason: `strikes: ${reason}`, expiresAt: until, createdAt: at, createdBy: SYSTEM };
}
