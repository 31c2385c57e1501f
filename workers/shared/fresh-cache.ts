import { BoundedMap } from "./bounded-map.ts";
import { warnOnce } from "./log.ts";

/** How long a request waits for another request's load before it loads by itself, in milliseconds. */
const LOAD_PATIENCE_MS = 2_000;

/** A clock that is put right by less than this is nothing to speak of, in milliseconds. */
export const CLOCK_TOLERANCE_MS = 1_000;

export interface FreshCacheOptions<Value extends object> {
  /** Most entries; the least recently used goes first. */
  max: number;
  /** How long an entry is fresh, in milliseconds. */
  ttlMs: number;
  /** How long this value is fresh, in milliseconds, where it has an age already; never more than `ttlMs`. */
  freshForMs?: (value: Value) => number;
  /**
   * Share of `ttlMs` that varies at random, 0 to 1, so that entries made together do not expire
   * together. An entry never outlives `ttlMs`.
   */
  jitter?: number;
  /** Keeps the loading request's context alive though its client hangs up. */
  waitUntil: (work: Promise<unknown>) => void;
}

/**
 * A bounded cache in an isolate's memory whose misses are loaded once: while one request loads a
 * key, the others wait for it. I/O belongs to the request that started it, so they wait only a
 * bounded time and then load by themselves. Nothing correct may depend on what is in here.
 */
export class FreshCache<Value extends object> {
  readonly #entries: BoundedMap<string, { value: Value; staleAt: number }>;
  readonly #clock = steadyClock();
  readonly #loading = new Map<string, Promise<Value>>();
  readonly #options: FreshCacheOptions<Value>;

  constructor(options: FreshCacheOptions<Value>) {
    this.#options = options;
    this.#entries = new BoundedMap(options.max);
  }

  /** The fresh value, without loading. */
  peek(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#clock() < entry.staleAt ? entry.value : undefined;
  }

  /** The fresh value, loaded if need be. A load that fails is not remembered. */
  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const known = this.peek(key);
    if (known) return known;
    const loading = this.#loading.get(key);
    if (loading) {
      const shared = await withPatience(loading);
      if (shared) return shared;
    }
    return await this.#load(key, load);
  }

  /** Takes over a value that is newer than what may be loading. */
  set(key: string, value: Value): void {
    this.#loading.delete(key);
    const { ttlMs, jitter = 0, freshForMs } = this.#options;
    const ttl = Math.min(ttlMs * (1 - jitter * Math.random()), freshForMs?.(value) ?? ttlMs);
    this.#entries.set(key, { value, staleAt: this.#clock() + ttl });
  }

  delete(key: string): void {
    this.#entries.delete(key);
    this.#loading.delete(key);
  }

  #load(key: string, load: () => Promise<Value>): Promise<Value> {
    const work = load();
    this.#loading.set(key, work);
    const settled = work.then(
      (value) => {
        // A value deleted or replaced while it was loading may be stale already.
        if (this.#loading.get(key) === work) this.set(key, value);
      },
      () => {
        if (this.#loading.get(key) === work) this.#loading.delete(key);
      },
    );
    this.#options.waitUntil(settled);
    return work;
  }
}

/** Milliseconds that only ever go on: a wall clock that is set back must not keep old entries fresh. */
function steadyClock(): () => number {
  let elapsedMs = 0;
  let last = Date.now();
  return () => {
    const now = Date.now();
    if (now < last - CLOCK_TOLERANCE_MS) warnOnce("clock_set_back", "", { byMs: last - now });
    elapsedMs += Math.max(0, now - last);
    last = now;
    return elapsedMs;
  };
}

/** The value, or undefined when it takes longer than LOAD_PATIENCE_MS. */
async function withPatience<Value>(loading: Promise<Value>): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const impatient = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOAD_PATIENCE_MS);
  });
  try {
    return await Promise.race([loading, impatient]);
  } finally {
    clearTimeout(timer);
  }
}
