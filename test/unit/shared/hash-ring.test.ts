import { describe, expect, it } from "vitest";
import { HashRing } from "../../../workers/shared/hash-ring.ts";

const KEYS = Array.from({ length: 50_000 }, (_, i) => `user-${i}`);

function sharesOf(ring: HashRing, nodes: number): number[] {
  const counts = new Array<number>(nodes).fill(0);
  for (const key of KEYS) counts[ring.nodeOf(key)] = (counts[ring.nodeOf(key)] ?? 0) + 1;
  return counts.map((count) => count / KEYS.length);
}

describe("HashRing", () => {
  it.each([1, 2, 4, 8, 32, 64])("spreads keys evenly over %i nodes", (nodes) => {
    for (const share of sharesOf(new HashRing(nodes), nodes)) {
      expect(share * nodes).toBeGreaterThan(0.7);
      expect(share * nodes).toBeLessThan(1.35);
    }
  });

  it("moves only keys that go to the new node when it grows", () => {
    const before = new HashRing(7);
    const after = new HashRing(8);
    const moved = KEYS.filter((key) => before.nodeOf(key) !== after.nodeOf(key));
    expect(moved.every((key) => after.nodeOf(key) === 7)).toBe(true);
    expect(moved.length / KEYS.length).toBeGreaterThan(0.08);
    expect(moved.length / KEYS.length).toBeLessThan(0.18);
  });

  it("gives a key the same node every time", () => {
    expect(new HashRing(5).nodeOf("someone")).toBe(new HashRing(5).nodeOf("someone"));
  });

  it.each([0, -1, 1.5])("refuses %d nodes", (nodes) => {
    expect(() => new HashRing(nodes)).toThrow(RangeError);
  });
});
