import { BoundedMap } from "../bounded-map.ts";
import { hash32 } from "../hash-ring.ts";

export interface DistinctCountersOptions {
  /** Keys remembered at a time; those seen longest ago are forgotten. */
  keysMax: number;
  /** Values told apart per key; a key with more counts as having this many. */
  valuesMax: number;
  /** After this time a key's values are counted anew, in milliseconds. */
  windowMs: number;
}

interface Seen {
  since: number;
  values: Set<number>;
}

/** Counts how many different values come with each key within a window, by 32-bit hashes of them. */
export class DistinctCounters {
  readonly #options: DistinctCountersOptions;
  readonly #seen: BoundedMap<string, Seen>;

  constructor(options: DistinctCountersOptions) {
    this.#options = options;
    this.#seen = new BoundedMap(options.keysMax);
  }

  /**
   * Takes note of `value` at `now` (epoch milliseconds).
   * @returns how many values `key` has, and whether this one is new.
   */
  see(key: string, value: string, now: number): { count: number; isNew: boolean } {
    const { valuesMax, windowMs } = this.#options;
    let seen = this.#seen.get(key);
    // Also when the clock has gone back: a window must not last for ever.
    if (!seen || Math.abs(now - seen.since) >= windowMs) {
      seen = { since: now, values: new Set() };
      this.#seen.set(key, seen);
    }
    const before = seen.values.size;
    if (before < valuesMax) seen.values.add(hash32(value));
    return { count: seen.values.size, isNew: seen.values.size > before };
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** How many values `key` has at `now`. */
  count(key: string, now: number): number {
    const seen = this.#seen.peek(key);
    return seen && Math.abs(now - seen.since) < this.#options.windowMs ? seen.values.size : 0;
  }
}
