import { describe, expect, it } from "vitest";
import { TokenBuckets } from "../../../../workers/shared/rate/token-bucket.ts";

const RATE = { capacity: 5, fillMs: 1_000 };
/** At this rate, one token comes back in this many milliseconds. */
const TOKEN_MS = RATE.fillMs / RATE.capacity;
const START = 1_800_000_000_000;

/** Takes `times` tokens and returns how many were given. */
function drain(buckets: TokenBuckets, times: number, now: number, rate = RATE): number {
  let given = 0;
  for (let i = 0; i < times; i++) if (buckets.take("a", rate, now) === 0) given++;
  return given;
}

describe("TokenBuckets", () => {
  it.each([
    [RATE.capacity - 1, RATE.capacity - 1],
    [RATE.capacity, RATE.capacity],
    [RATE.capacity + 1, RATE.capacity],
  ])("of a burst of %i lets %i through", (asked, given) => {
    expect(drain(new TokenBuckets(10), asked, START)).toBe(given);
  });

  it.each([
    [TOKEN_MS - 1, 0],
    [TOKEN_MS, 1],
    [2 * TOKEN_MS, 2],
    [RATE.fillMs, RATE.capacity],
    [RATE.fillMs * 100, RATE.capacity],
  ])("has refilled after %i ms with %i", (elapsedMs, given) => {
    const buckets = new TokenBuckets(10);
    drain(buckets, RATE.capacity, START);
    expect(drain(buckets, RATE.capacity + 1, START + elapsedMs)).toBe(given);
  });

  it("says exactly how long to wait, and keeps its word", () => {
    const buckets = new TokenBuckets(10);
    drain(buckets, RATE.capacity, START);
    const waitMs = buckets.take("a", RATE, START + 50);
    expect(waitMs).toBeCloseTo(TOKEN_MS - 50);
    expect(buckets.take("a", RATE, START + 50 + Math.ceil(waitMs))).toBe(0);
  });

  it("does not lose a token to rounding when asked often in between", () => {
    const rate = { capacity: 3, fillMs: 1_000 };
    const buckets = new TokenBuckets(10);
    drain(buckets, 3, START, rate);
    let given = 0;
    for (let ms = 1; ms <= 10_000; ms++) if (buckets.take("a", rate, START + ms) === 0) given++;
    expect(given).toBeGreaterThanOrEqual(29);
    expect(given).toBeLessThanOrEqual(30);
  });

  it("keeps keys apart", () => {
    const buckets = new TokenBuckets(10);
    drain(buckets, RATE.capacity, START);
    expect(buckets.take("b", RATE, START)).toBe(0);
  });

  it("follows a rate that changes", () => {
    const buckets = new TokenBuckets(10);
    drain(buckets, 1, START);
    expect(drain(buckets, 3, START, { capacity: 2, fillMs: 1_000 })).toBe(2);
  });

  it("forgets the key seen longest ago, which lets it through", () => {
    const buckets = new TokenBuckets(2);
    drain(buckets, RATE.capacity, START);
    buckets.take("b", RATE, START);
    buckets.take("c", RATE, START);
    expect(buckets.take("a", RATE, START)).toBe(0);
  });

  it.each([-1, -60_000, -86_400_000])("goes on when the clock jumps by %i ms", (jumpMs) => {
    const buckets = new TokenBuckets(10);
    drain(buckets, RATE.capacity, START);
    expect(drain(buckets, 1, START + jumpMs)).toBe(0);
    expect(drain(buckets, 2, START + jumpMs + TOKEN_MS)).toBe(1);
  });

  it("gives no more than a full bucket when the clock leaps ahead, nor when it comes back", () => {
    const buckets = new TokenBuckets(10);
    drain(buckets, RATE.capacity, START);
    const ahead = START + 86_400_000;
    expect(drain(buckets, 100, ahead)).toBe(RATE.capacity);
    expect(drain(buckets, 100, START)).toBe(0);
    expect(drain(buckets, 100, START + RATE.fillMs)).toBe(RATE.capacity);
  });
});
