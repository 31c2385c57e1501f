import { Dictionary } from "./dictionary.ts";
import { asType, type Value, type ValueType } from "./values.ts";

export const DATABASES = 16;

/** What a database tells about its keys. */
export interface DatabaseEvents {
  /** A key's value or expiry changed. */
  changed: (database: Database, key: string) => void;
  /** A key's time has come; it is gone. */
  expired: (database: Database, key: string) => void;
}

export type KeyEntry = [key: string, value: Value, expiresAt: number | undefined];

/** A key whose change makes the client's next EXEC fail. */
export interface Watched {
  database: Database;
  key: string;
  /** It had expired before it was watched: that it is removed is no news. */
  wasExpired: boolean;
}

/** Who watches keys. */
export interface Watcher {
  readonly watched: Set<Watched>;
  /** A watched key has changed. */
  isTouched: boolean;
}

interface Entry {
  value: Value;
  /** Epoch milliseconds. */
  usedAt: number;
}

/** Expired keys looked for in one round of the sweep, at most. */
const SWEEP_MAX = 200;

/** One of the numbered databases: keys, values and the times at which keys expire. */
export class Database {
  #entries = new Dictionary<Entry>();
  /** Epoch milliseconds. */
  #expiries = new Map<string, number>();
  /** Who watches which key, so that a change finds those whom it concerns without asking all. */
  readonly #watchers = new Map<string, Map<Watcher, Watched>>();
  readonly index: number;
  readonly #events: DatabaseEvents;
  readonly #now: () => number;
  /** While what happened is replayed, time stands still: what expired then is in the log. */
  readonly #timeStands: () => boolean;

  constructor(index: number, events: DatabaseEvents, now: () => number, timeStands: () => boolean) {
    this.index = index;
    this.#events = events;
    this.#now = now;
    this.#timeStands = timeStands;
  }

  get size(): number {
    return this.#entries.size;
  }

  get expiring(): number {
    return this.#expiries.size;
  }

  get(key: string): Value | undefined {
    if (this.#expiries.size > 0 && this.#expireIfDue(key)) return undefined;
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    entry.usedAt = this.#now();
    return entry.value;
  }

  /** @throws RedisError WRONGTYPE */
  getAs<T extends ValueType>(key: string, type: T): Extract<Value, { type: T }> | undefined {
    return asType(this.get(key), type);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Without counting as a use. */
  peek(key: string): { value: Value; usedAt: number } | undefined {
    if (this.#expireIfDue(key)) return undefined;
    return this.#entries.get(key);
  }

  /** Sets a value; the key's expiry goes unless it is to be kept. */
  set(key: string, value: Value, keepExpiry = false): void {
    const entry = this.#entries.get(key);
    if (entry) {
      entry.value = value;
      entry.usedAt = this.#now();
    } else this.#entries.set(key, { value, usedAt: this.#now() });
    if (!keepExpiry && this.#expiries.size > 0) this.#expiries.delete(key);
    this.touch(key);
  }

  /** A value was changed in place. */
  touch(key: string): void {
    this.#touchWatchers(key);
    this.#events.changed(this, key);
  }

  delete(key: string): boolean {
    if (this.#expireIfDue(key)) return false;
    return this.#remove(key);
  }

  /** Whether the key is still there although its time has come. */
  isExpired(key: string): boolean {
    return this.#isDue(key);
  }

  /** Lets a client watch a key; again, this changes nothing. */
  watch(client: Watcher, key: string): void {
    let watchers = this.#watchers.get(key);
    if (!watchers) this.#watchers.set(key, (watchers = new Map<Watcher, Watched>()));
    if (watchers.has(client)) return;
    const watched = { database: this, key, wasExpired: this.isExpired(key) };
    watchers.set(client, watched);
    client.watched.add(watched);
  }

  unwatch(client: Watcher, key: string): void {
    const watchers = this.#watchers.get(key);
    watchers?.delete(client);
    if (watchers?.size === 0) this.#watchers.delete(key);
  }

  /** Epoch milliseconds; undefined when the key does not expire or is not there. */
  expiryOf(key: string): number | undefined {
    return this.#expiries.get(key);
  }

  /** @param at epoch milliseconds; null for never. */
  setExpiry(key: string, at: number | null): void {
    if (at === null) this.#expiries.delete(key);
    else this.#expiries.set(key, at);
    this.touch(key);
  }

  /** Makes a value look as if it had not been used for so many milliseconds. */
  setIdle(key: string, ms: number): void {
    const entry = this.#entries.get(key);
    if (entry) entry.usedAt = this.#now() - ms;
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.touch(key);
    this.#entries.clear();
    this.#expiries.clear();
  }

  /** Takes over another database's keys, and gives it its own. */
  swapWith(other: Database): void {
    [this.#entries, other.#entries] = [other.#entries, this.#entries];
    [this.#expiries, other.#expiries] = [other.#expiries, this.#expiries];
  }

  /** Keys that are not expired. */
  liveKeys(): string[] {
    return [...this.#entries.keys()].filter((key) => !this.#isDue(key));
  }

  scan(cursor: number, count: number): { keys: string[]; cursor: number } {
    const page = this.#entries.scan(cursor, count);
    return { ...page, keys: page.keys.filter((key) => !this.#expireIfDue(key)) };
  }

  randomKey(): string | undefined {
    for (;;) {
      const key = this.#entries.randomKey();
      if (key === undefined || !this.#expireIfDue(key)) return key;
    }
  }

  /** All keys, those that are expired and not yet removed among them. */
  keys(): MapIterator<string> {
    return this.#entries.keys();
  }

  *entries(): Generator<KeyEntry> {
    for (const [key, { value }] of this.#entries.entries()) yield [key, value, this.#expiries.get(key)];
  }

  /** Of these keys, as far as they are there. */
  *entriesOf(keys: readonly string[]): Generator<KeyEntry> {
    for (const key of keys) {
      const entry = this.peek(key);
      if (entry) yield [key, entry.value, this.#expiries.get(key)];
    }
  }

  /** Removes keys whose time has come, a bounded number at a time, the longest-lived entries first. */
  sweep(): void {
    let looked = 0;
    for (const key of this.#expiries.keys()) {
      if (looked++ >= SWEEP_MAX) return;
      if (!this.#expireIfDue(key)) {
        // To the end of the line, so that the next round looks at others.
        const at = this.#expiries.get(key) as number;
        this.#expiries.delete(key);
        this.#expiries.set(key, at);
      }
    }
  }

  #isDue(key: string): boolean {
    const at = this.#expiries.get(key);
    return at !== undefined && at <= this.#now() && !this.#timeStands();
  }

  #expireIfDue(key: string): boolean {
    if (!this.#isDue(key)) return false;
    this.#remove(key);
    this.#events.expired(this, key);
    return true;
  }

  #remove(key: string): boolean {
    if (!this.#entries.delete(key)) return false;
    this.#expiries.delete(key);
    this.touch(key);
    return true;
  }

  /** That a key is removed that had expired before it was watched is no news. */
  #touchWatchers(key: string): void {
    for (const [client, { wasExpired }] of this.#watchers.get(key) ?? [])
      if (!wasExpired) client.isTouched = true;
  }
}
