import { describe, expect, it } from "vitest";
import { DecayingCount } from "../../../../workers/shared/rate/decaying-count.ts";

const HALF_LIFE_MS = 60_000;
const START = 1_800_000_000_000;

describe("DecayingCount", () => {
  it("adds up what comes at once", () => {
    const count = new DecayingCount(HALF_LIFE_MS);
    expect(count.valueAt(START)).toBe(0);
    for (let i = 1; i <= 5; i++) expect(count.add(1, START)).toBe(i);
  });

  it("forgets half in each half-life", () => {
    const count = new DecayingCount(HALF_LIFE_MS);
    count.add(8, START);
    expect(count.valueAt(START + HALF_LIFE_MS)).toBeCloseTo(4);
    expect(count.valueAt(START + 3 * HALF_LIFE_MS)).toBeCloseTo(1);
    expect(count.add(1, START + HALF_LIFE_MS)).toBeCloseTo(5);
  });

  it("stays below a bound when its acts are rare enough", () => {
    const count = new DecayingCount(HALF_LIFE_MS);
    let highest = 0;
    for (let i = 0; i < 1_000; i++) highest = Math.max(highest, count.add(1, START + i * 30_000));
    expect(highest).toBeLessThan(4);
  });

  it("neither grows nor forgets when the clock goes back, and is forgotten when it leaps ahead", () => {
    const count = new DecayingCount(HALF_LIFE_MS);
    count.add(4, START);
    expect(count.valueAt(START - 86_400_000)).toBe(4);
    expect(count.add(1, START - 86_400_000)).toBe(5);
    expect(count.valueAt(START + 86_400_000)).toBeLessThan(0.001);
  });
});
