import { describe, expect, it } from "vitest";
import { DistinctCounters } from "../../../../workers/shared/rate/distinct-counters.ts";

const START = 1_800_000_000_000;
const WINDOW_MS = 60_000;
const counters = (over: { keysMax?: number; valuesMax?: number } = {}) =>
  new DistinctCounters({ keysMax: 10, valuesMax: 3, windowMs: WINDOW_MS, ...over });

describe("DistinctCounters", () => {
  it("counts each value once, per key", () => {
    const seen = counters();
    expect(seen.see("k", "a", START)).toEqual({ count: 1, isNew: true });
    expect(seen.see("k", "a", START)).toEqual({ count: 1, isNew: false });
    expect(seen.see("k", "b", START)).toEqual({ count: 2, isNew: true });
    expect(seen.see("other", "a", START)).toEqual({ count: 1, isNew: true });
    expect(seen.count("k", START)).toBe(2);
    expect(seen.count("unknown", START)).toBe(0);
  });

  it.each([
    [2, 2],
    [3, 3],
    [4, 3],
  ])("of %i values tells %i apart", (values, count) => {
    const seen = counters();
    for (let i = 0; i < values; i++) seen.see("k", `value ${i}`, START);
    expect(seen.count("k", START)).toBe(count);
    expect(seen.see("k", "another", START).isNew).toBe(values < 3);
  });

  it.each([
    [WINDOW_MS - 1, 1],
    [WINDOW_MS, 0],
    [-WINDOW_MS, 0],
    [86_400_000, 0],
  ])("%i ms later %i of one is left", (elapsedMs, count) => {
    const seen = counters();
    seen.see("k", "a", START);
    expect(seen.count("k", START + elapsedMs)).toBe(count);
    expect(seen.see("k", "b", START + elapsedMs).count).toBe(count + 1);
  });

  it("forgets the key seen longest ago", () => {
    const seen = counters({ keysMax: 1 });
    seen.see("k", "a", START);
    seen.see("l", "a", START);
    expect(seen.count("k", START)).toBe(0);
  });
});
