import { LRUCache } from "lru-cache";

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
  readonly #buckets: LRUCache<string, Bucket>;

  /** @param keysMax keys remembered at a time. */
  constructor(keysMax: number) {
    this.#buckets = new LRUCache({ max: keysMax });
  }

  /**
   * Takes a token of `key` if there is one. The rate may differ from call to call, because settings change.
   * @param now epoch milliseconds. A clock that goes back neither gives tokens nor holds any back; one
   *   that leaps ahead fills the bucket, no more.
   * @returns 0 when it was taken, else milliseconds until there is one.
   */
  take(key: string, { capacity, fillMs }: TokenRate, now: number): number {
    const tokensPerMs = capacity / fillMs;
    const bucket = this.#buckets.get(key);
    if (!bucket) {
      this.#buckets.set(key, { tokens: capacity - 1, at: now });
      return 0;
    }
    const elapsedMs = Math.max(0, now - bucket.at);
    bucket.tokens = Math.min(capacity, bucket.tokens + elapsedMs * tokensPerMs);
    bucket.at = now;
    // Many small refills add up to a hair less than a whole token.
    if (bucket.tokens >= 1 - Number.EPSILON * capacity) {
      bucket.tokens = Math.max(0, bucket.tokens - 1);
      return 0;
    }
    return (1 - bucket.tokens) / tokensPerMs;
  }
}
