import { waitUntil } from "cloudflare:workers";
import { BoundedMap } from "../shared/bounded-map.ts";
import { log, messageOf } from "../shared/log.ts";

/** A value, and when its source said so, epoch milliseconds. */
export interface Aged<Value> {
  value: Value;
  at: number;
}

/** The cache needs an address with a host; this one is nobody's. */
const ORIGIN = "https://edge-cache.invalid";
/** Keys whose entries an isolate refuses because it knows better. */
const FORGOTTEN_MAX_ENTRIES = 10_000;
/** From this share of its lifetime on an entry is fetched anew, by one isolate sooner, by another later. */
const REFRESH_FROM_SHARE = 0.5;

export interface EdgeCacheOptions {
  /** Keeps the caches apart. */
  name: string;
  /** How old a value may be when it is given out, in milliseconds, counted from its source. */
  maxAgeMs: number;
}

/**
 * The platform's cache, between the isolates of one location and what they all ask. It is per location,
 * may forget at any time, and does nothing where there is none; so it only ever saves work.
 *
 * Entries carry the time at which their source spoke, and whoever keeps the value goes on counting from
 * there: ages never add up, however many caches a value has come through. Each reader draws by lot, in
 * the second half of an entry's life, how old is too old for it: so one of many fetches it anew while
 * the others still use it, and nobody stampedes when it ends.
 */
export class EdgeCache<Value> {
  readonly #options: EdgeCacheOptions;
  /** What was said before this moment (epoch milliseconds) is out of date, as far as this isolate knows. */
  readonly #forgotten = new BoundedMap<string, number>(FORGOTTEN_MAX_ENTRIES);

  constructor(options: EdgeCacheOptions) {
    this.#options = options;
  }

  /**
   * The value, from the cache or from its source; null is not kept.
   * @param load asks the source.
   */
  get(key: string, load: () => Promise<Value>): Promise<Aged<Value>>;
  get(key: string, load: () => Promise<Value | null>): Promise<Aged<Value> | null>;
  async get(key: string, load: () => Promise<Value | null>): Promise<Aged<Value> | null> {
    const known = await this.#match(key);
    if (known && this.#isGood(key, known)) return known;
    const at = Date.now();
    const value = await load();
    if (value === null) return null;
    waitUntil(this.#put(key, { value, at }));
    return { value, at };
  }

  /** This isolate takes nothing from the cache that was said before now: it knows of a change. */
  forget(key: string): void {
    this.#forgotten.set(key, Date.now());
  }

  #isGood(key: string, { at }: Aged<Value>): boolean {
    const age = Date.now() - at;
    const patience = REFRESH_FROM_SHARE + Math.random() * (1 - REFRESH_FROM_SHARE);
    // A clock that was set back must not make an old value young.
    return age >= 0 && age < this.#options.maxAgeMs * patience && at > (this.#forgotten.get(key) ?? 0);
  }

  async #match(key: string): Promise<Aged<Value> | undefined> {
    try {
      const hit = await caches.default.match(this.#addressOf(key));
      return hit && (await hit.json<Aged<Value>>());
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  async #put(key: string, aged: Aged<Value>): Promise<void> {
    const maxAgeSeconds = Math.ceil(this.#options.maxAgeMs / 1000);
    const headers = { "cache-control": `max-age=${maxAgeSeconds}`, "content-type": "application/json" };
    try {
      await caches.default.put(this.#addressOf(key), new Response(JSON.stringify(aged), { headers }));
    } catch (error) {
      this.#complain(error);
    }
  }

  #addressOf(key: string): string {
    return `${ORIGIN}/${this.#options.name}/${encodeURIComponent(key)}`;
  }

  /** Where there is no cache every call fails: said once. */
  #complain(error: unknown): void {
    if (complained) return;
    complained = true;
    log.warn("edge_cache_unavailable", { message: messageOf(error) });
  }
}

let complained = false;
