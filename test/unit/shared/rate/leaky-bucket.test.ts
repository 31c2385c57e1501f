import { describe, expect, it } from "vitest";
import { LeakyBucket } from "../../../../workers/shared/rate/leaky-bucket.ts";

const START = 1_800_000_000_000;
const EVEN = { intervalMs: 100, depth: 1 };

function admitted(bucket: LeakyBucket, times: number, now: number, rate: typeof EVEN): number {
  let count = 0;
  for (let i = 0; i < times; i++) if (bucket.admit(rate, now) === 0) count++;
  return count;
}

describe("LeakyBucket", () => {
  it.each([
    [99, 0],
    [100, 1],
    [101, 1],
  ])("%i ms after one, %i more", (elapsedMs, count) => {
    const bucket = new LeakyBucket();
    bucket.admit(EVEN, START);
    expect(admitted(bucket, 2, START + elapsedMs, EVEN)).toBe(count);
  });

  it.each([
    [2, 2],
    [3, 3],
    [4, 3],
  ])("with room for three, of %i at once %i get in", (asked, count) => {
    expect(admitted(new LeakyBucket(), asked, START, { intervalMs: 100, depth: 3 })).toBe(count);
  });

  it("lets no more through over time than its rate, however they come", () => {
    const rate = { intervalMs: 100, depth: 3 };
    const bucket = new LeakyBucket();
    let count = 0;
    for (let ms = 0; ms < 10_000; ms += 7) count += admitted(bucket, 5, START + ms, rate);
    expect(count).toBe(102); // 100 in ten seconds and the two that fitted in besides
  });

  it("says exactly how long to wait", () => {
    const bucket = new LeakyBucket();
    bucket.admit(EVEN, START);
    expect(bucket.admit(EVEN, START + 30)).toBe(70);
    expect(bucket.admit(EVEN, START + 100)).toBe(0);
  });

  it("counts only who got in", () => {
    const bucket = new LeakyBucket();
    bucket.admit(EVEN, START);
    for (let i = 0; i < 50; i++) bucket.admit(EVEN, START + i);
    expect(bucket.admit(EVEN, START + 100)).toBe(0);
  });

  it("is empty again after draining", () => {
    const bucket = new LeakyBucket();
    bucket.admit(EVEN, START);
    bucket.drain();
    expect(bucket.admit(EVEN, START)).toBe(0);
  });

  it.each([-1_000, -86_400_000])("makes nobody wait longer when the clock jumps by %i ms", (jumpMs) => {
    const bucket = new LeakyBucket();
    bucket.admit(EVEN, START);
    expect(bucket.admit(EVEN, START + jumpMs)).toBe(0);
    expect(bucket.admit(EVEN, START + jumpMs)).toBe(100);
  });

  it("saves nothing up while the clock leaps ahead", () => {
    const bucket = new LeakyBucket();
    bucket.admit(EVEN, START);
    expect(admitted(bucket, 10, START + 86_400_000, EVEN)).toBe(1);
  });
});
