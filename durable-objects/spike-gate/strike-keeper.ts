import { BoundedMap } from "../../workers/shared/bounded-map.ts";
import { DecayingCount } from "../../workers/shared/rate/decaying-count.ts";
import {
  mustBar,
  type Standing,
  STRIKE_HALF_LIFE_MS,
  STRIKE_PAUSE_MS,
  type StrikeBounds,
  type StrikeReason,
  type Subject,
  subjectKey,
} from "../../workers/shared/strikes.ts";
import type { StrikeReport } from "./messages.ts";
import type { StrikeNews } from "./strike-store.ts";

/** Accounts and addresses with strikes that a gate remembers, some 200 bytes each. */
export const SUBJECTS_MAX = 20_000;

/**
 * How long a gate itself enforces a bar it has decided, in milliseconds: until every isolate reads
 * it from the blacklist. After that the blacklist alone decides, so that lifting an entry lifts it.
 */
export const BRIDGE_MS = 10_000;

/** An account or address to be written to the blacklist. */
export interface Bar {
  subject: Subject;
  reason: StrikeReason;
  /** Epoch milliseconds. */
  until: number;
  /** When it was decided, epoch milliseconds. */
  at: number;
}

interface Memory {
  key: string;
  /** What Redis said last, and what has come since. */
  strikes: DecayingCount;
  /** Strikes that Redis has not heard of. */
  untold: DecayingCount;
  /** Redis has to forget what came before those. */
  isReset: boolean;
  /** When an act was last counted one by one, epoch milliseconds. */
  actedAt: number;
  bar?: Bar;
}

/**
 * A gate's memory of suspicious acts: of the users that are its own, and of the addresses that are
 * its to keep. What has news is told to Redis, which adds up the strikes of all gates and sales; a gate that was
 * lost learns from there with the next strike. The blacklist keeps what was decided.
 */
export class StrikeKeeper {
  /** Subjects that Redis is to be told or asked about; all of them have a record. */
  readonly #news = new Set<string>();
  /** Whoever is forgotten is no news either, or news would grow without bound while Redis is away. */
  readonly #records = new BoundedMap<string, Memory>(SUBJECTS_MAX, ({ key }) => this.#news.delete(key));

  /**
   * Counts strikes.
   * @param now epoch milliseconds.
   * @returns the bar when these strikes were the ones too many. The count then starts anew, so that
   *   an entry that has ended, or that an admin lifts, leaves nothing behind.
   */
  strike({ subject, count, reason, accounts }: StrikeReport, bounds: StrikeBounds, now: number): Bar | null {
    const record = this.#recordOf(subject);
    const total = record.strikes.add(count, now);
    record.untold.add(count, now);
    this.#news.add(subjectKey(subject));
    if (!mustBar(subject.kind, total, accounts, bounds)) return null;
    reset(record, now);
    record.bar = { subject, reason, until: now + bounds.blacklistSeconds * 1_000, at: now };
    return record.bar;
  }

  /** Whether an act now is another one than the last, or the same hand's still moving. */
  isAnotherAct(subject: Subject, now: number): boolean {
    const record = this.#recordOf(subject);
    if (Math.abs(now - record.actedAt) < STRIKE_PAUSE_MS) return false;
    record.actedAt = now;
    return true;
  }

  /** How the subject stands at `now` (epoch milliseconds). */
  standingOf(subject: Subject, now: number): Standing {
    const record = this.#records.get(subjectKey(subject));
    if (!record) return { strikes: 0 };
    const strikes = record.strikes.valueAt(now);
    const { bar } = record;
    const isBridged = bar !== undefined && now < Math.min(bar.until, bar.at + BRIDGE_MS) && now >= bar.at;
    return isBridged ? { strikes, barredUntil: bar.until } : { strikes };
  }

  #recordOf(subject: Subject): Memory {
    const key = subjectKey(subject);
    let record = this.#records.get(key);
    if (!record) {
      record = {
        key,
        strikes: new DecayingCount(STRIKE_HALF_LIFE_MS),
        untold: new DecayingCount(STRIKE_HALF_LIFE_MS),
        isReset: false,
        actedAt: -Infinity,
      };
      this.#records.set(key, record);
    }
    return record;
  }

  /** Forgets all strikes of the subject, and that it was barred. */
  forgive(subject: Subject, now: number): void {
    const record = this.#recordOf(subject);
    reset(record, now);
    delete record.bar;
    this.#news.add(subjectKey(subject));
  }

  get hasNews(): boolean {
    return this.#news.size > 0;
  }

  /** What Redis is to be told of those whose turn it is, at most of so many subjects. It counts as told. */
  takeNews(max: number, now: number, isItsTurn: (key: string) => boolean): StrikeNews[] {
    const taken: StrikeNews[] = [];
    for (const key of this.#news) {
      if (taken.length === max) break;
      if (!isItsTurn(key)) continue;
      this.#news.delete(key);
      const record = this.#records.peek(key) as Memory;
      taken.push({ key, count: record.untold.valueAt(now), isReset: record.isReset });
      record.untold.set(0, now);
      record.isReset = false;
    }
    return taken;
  }

  /** Takes over how many strikes the subject had at `at`, of all gates and sales; epoch milliseconds. */
  learn(key: string, total: number, at: number, now: number): void {
    const record = this.#records.get(key);
    if (!record || record.isReset) return;
    record.strikes.set(total, at);
    record.strikes.add(record.untold.valueAt(now), now);
  }
}

function reset(record: Memory, now: number): void {
  record.strikes.set(0, now);
  record.untold.set(0, now);
  record.isReset = true;
}
