interface Entry<Key, Value> {
  readonly key: Key;
  value: Value;
  older: Entry<Key, Value> | undefined;
  newer: Entry<Key, Value> | undefined;
}

/**
 * A map of at most so many entries; beyond, the one that was used longest ago is forgotten. It takes memory
 * and time as it fills, not when it is made: objects and isolates that live for seconds have many of these,
 * and one that makes room for 50,000 entries at once takes milliseconds.
 *
 *     const attempts = new BoundedMap<string, Attempt>(50_000);
 *     attempts.set(userId, attempt);
 */
export class BoundedMap<Key, Value> {
  readonly #max: number;
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  #oldest: Entry<Key, Value> | undefined;
  #newest: Entry<Key, Value> | undefined;

  readonly #onForgotten: ((value: Value) => void) | undefined;

  /**
   * @param max entries kept, at least 1.
   * @param onForgotten hears of each value that had to make room; not of those that are deleted or replaced.
   */
  constructor(max: number, onForgotten?: (value: Value) => void) {
    if (!Number.isSafeInteger(max) || max < 1) throw new RangeError(`a map of at most ${max} entries`);
    this.#max = max;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Being read is being used. */
  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#touch(entry);
    return entry.value;
  }

  /** The value, which is not used by that. */
  peek(key: Key): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  set(key: Key, value: Value): void {
    const known = this.#entries.get(key);
    if (known) {
      known.value = value;
      this.#touch(known);
      return;
    }
    if (this.#entries.size >= this.#max && this.#oldest) this.#forget(this.#oldest);
    const entry: Entry<Key, Value> = { key, value, older: undefined, newer: undefined };
    this.#entries.set(key, entry);
    this.#append(entry);
  }

  /** Makes room before there is none; returns the value that was used longest ago, undefined when there is none. */
  forgetOldest(): Value | undefined {
    const oldest = this.#oldest;
    if (oldest) this.#forget(oldest);
    return oldest?.value;
  }

  #forget({ key, value }: Entry<Key, Value>): void {
    this.delete(key);
    this.#onForgotten?.(value);
  }

  delete(key: Key): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    this.#unlink(entry);
    return this.#entries.delete(key);
  }

  /** The values, in the order in which they were first set. */
  *values(): Generator<Value, void> {
    for (const { value } of this.#entries.values()) yield value;
  }

  #touch(entry: Entry<Key, Value>): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  #append(entry: Entry<Key, Value>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry<Key, Value>): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
  }
}
