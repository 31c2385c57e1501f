import { BoundedMap } from "../bounded-map.ts";

/** How often something may happen: `capacity` times at once, and again as fast as the bucket refills. */
export interface TokenRate {
  /** Tokens a full bucket holds, at least 1. */
  capacity: number;
  /** Milliseconds in which an empty bucket fills up. */
  fillMs: number;
}

interface Bucket {
  tokens: number;
  /** When `tokens` was right, epoch milliseconds. */
  at: number;
}

/**
 * One token bucket per key: right where bursts are normal and only the sum matters. Constant work
 * per request, no timers. The keys seen longest ago are forgotten, which only lets them through.
 *
 *     const buckets = new TokenBuckets(10_000);
 *     const waitMs = buckets.take("203.0.113.7", { capacity: 600, fillMs: 10_000 }, Date.now());
 */
export class TokenBuckets {
  readonly #buckets: BoundedMap<string, Bucket>;

  /** @param keysMax keys remembered at a time. */
  constructor(keysMax: number) {
    this.#buckets = new BoundedMap(keysMax);
  }

  /**
   * Takes a token of `key` if there is one. The rate may differ from call to call, because settings change.
   * @param now epoch milliseconds. A clock that goes back neither gives tokens nor holds any back; one
   *   that leaps ahead fills the bucket, no more.
   * @returns 0 when it was taken, else milliseconds until there is one.
   */
  take(key: string, rate: TokenRate, now: number): number {
    const bucket = this.#buckets.get(key);
    if (!bucket) {
      this.#buckets.set(key, { tokens: rate.capacity - 1, at: now });
      return 0;
    }
    bucket.tokens = tokensAt(bucket, rate, now);
    bucket.at = now;
    const waitMs = waitFor(bucket.tokens, rate);
    if (waitMs === 0) bucket.tokens = Math.max(0, bucket.tokens - 1);
    return waitMs;
  }

  /** What `take` would answer, without taking. */
  peek(key: string, rate: TokenRate, now: number): number {
    const bucket = this.#buckets.peek(key);
    return bucket ? waitFor(tokensAt(bucket, rate, now), rate) : 0;
  }
}

function tokensAt({ tokens, at }: Bucket, { capacity, fillMs }: TokenRate, now: number): number {
  return Math.min(capacity, tokens + (Math.max(0, now - at) * capacity) / fillMs);
}

/** Milliseconds until there is a whole token. Many small refills add up to a hair less than one. */
function waitFor(tokens: number, { capacity, fillMs }: TokenRate): number {
  return tokens >= 1 - Number.EPSILON * capacity ? 0 : ((1 - tokens) * fillMs) / capacity;
}
