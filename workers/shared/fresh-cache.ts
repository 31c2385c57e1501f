import { BoundedMap } from "./bounded-map.ts";
import { warnOnce } from "./log.ts";

/** How long those who wait for a load do so before one of them loads as well, in milliseconds. */
export const LOAD_PATIENCE_MS = 2_000;

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

/** The loads of one key that are under way, and what those who wait hear of the first that succeeds. */
interface Flight<Value> {
  landing: PromiseWithResolvers<Value>;
  /** How many have started, and when the newest did, by the cache's clock. */
  loads: number;
  newestAt: number;
}

/**
 * A bounded cache in an isolate's memory whose misses are loaded once: while one request loads a
 * key, the others wait for it. I/O belongs to the request that started it and may end with it, so they
 * do not wait for ever: each time LOAD_PATIENCE_MS have passed without an answer, one of them loads as
 * well, and whichever load is first serves all. However many ask, and however slow the source is, it is
 * asked once in that time. Nothing correct may depend on what is in here.
 */
export class FreshCache<Value extends object> {
  readonly #entries: BoundedMap<string, { value: Value; staleAt: number }>;
  readonly #clock = steadyClock();
  readonly #flights = new Map<string, Flight<Value>>();
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
    for (;;) {
      const known = this.peek(key);
      if (known) return known;
      const flight = this.#flights.get(key);
      const patienceMs = flight ? flight.newestAt + LOAD_PATIENCE_MS - this.#clock() : 0;
      if (!flight || patienceMs <= 0) return await this.#load(key, load, flight ?? this.#takeOff(key));
      const shared = await withPatience(flight.landing.promise, patienceMs);
      if (shared) return shared;
      // Another one may have lost patience first, and loads already.
    }
  }

  /** Takes over a value that is newer than what may be loading. */
  set(key: string, value: Value): void {
    this.#flights.delete(key);
    const { ttlMs, jitter = 0, freshForMs } = this.#options;
    const ttl = Math.min(ttlMs * (1 - jitter * Math.random()), freshForMs?.(value) ?? ttlMs);
    this.#entries.set(key, { value, staleAt: this.#clock() + ttl });
  }

  delete(key: string): void {
    this.#entries.delete(key);
    this.#flights.delete(key);
  }

  #takeOff(key: string): Flight<Value> {
    const flight = { landing: Promise.withResolvers<Value>(), loads: 0, newestAt: 0 };
    // Nobody need wait for it.
    flight.landing.promise.catch(() => undefined);
    this.#flights.set(key, flight);
    return flight;
  }

  #load(key: string, load: () => Promise<Value>, flight: Flight<Value>): Promise<Value> {
    const number = (flight.loads += 1);
    flight.newestAt = this.#clock();
    const work = start(load);
    const settled = work.then(
      (value) => {
        // A value deleted or replaced while it was loading may be stale already.
        if (this.#flights.get(key) === flight) this.set(key, value);
        flight.landing.resolve(value);
      },
      (error: unknown) => {
        // Who lost patience with this one waits for a newer.
        if (number < flight.loads) return;
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        flight.landing.reject(error);
      },
    );
    this.#options.waitUntil(settled);
    // Its own failure is its own; another's answer will do.
    return Promise.race([work, flight.landing.promise]);
  }
}

/** A load that throws instead of rejecting must not leave its flight behind. */
async function start<Value>(load: () => Promise<Value>): Promise<Value> {
  return await load();
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

/** The value, or undefined when it takes longer than that. */
async function withPatience<Value>(loading: Promise<Value>, patienceMs: number): Promise<Value | undefined> {
  const { promise: impatient, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  try {
    return await Promise.race([loading, impatient]);
  } finally {
    clearTimeout(timer);
  }
}
