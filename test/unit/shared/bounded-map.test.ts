import { describe, expect, it } from "vitest";
import { randomStream } from "../../../bench/load/random.ts";
import { BoundedMap } from "../../../workers/shared/bounded-map.ts";

describe("BoundedMap", () => {
  it("forgets what was used longest ago", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.get("a")).toBe(1);
    map.set("c", 3);
    expect([map.has("a"), map.has("b"), map.has("c"), map.size]).toEqual([true, false, true, 2]);
  });

  it("says which values had to make room, and of no others", () => {
    const forgotten: number[] = [];
    const map = new BoundedMap<string, number>(2, (value) => forgotten.push(value));
    for (const [key, value] of [
      ["a", 1],
      ["b", 2],
      ["b", 3],
      ["c", 4],
    ] as const)
      map.set(key, value);
    map.delete("c");
    map.set("d", 5);
    expect(forgotten).toEqual([1]);
    expect(map.size).toBe(2);
  });

  it("makes room before there is none", () => {
    const forgotten: number[] = [];
    const map = new BoundedMap<string, number>(9, (value) => forgotten.push(value));
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    expect([map.forgetOldest(), map.forgetOldest(), map.forgetOldest()]).toEqual([2, 1, undefined]);
    expect([forgotten, map.size]).toEqual([[2, 1], 0]);
  });

  it("does not take a peek for a use", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.peek("a")).toBe(1);
    map.set("c", 3);
    expect([...map.values()]).toEqual([2, 3]);
  });

  it("keeps at least one entry", () => {
    expect(() => new BoundedMap(0)).toThrow(RangeError);
  });

  it("behaves like a list in order of use, whatever is done with it", () => {
    const random = randomStream(1, "bounded-map");
    const pick = (count: number) => Math.floor(random() * count);
    const map = new BoundedMap<number, number>(5);
    /** The newest last. */
    let model: [key: number, value: number][] = [];
    const take = (key: number) => {
      const found = model.find(([known]) => known === key);
      model = model.filter(([known]) => known !== key);
      return found;
    };
    for (let step = 0; step < 20_000; step++) {
      const key = pick(9);
      switch (pick(4)) {
        case 0:
        case 1:
          map.set(key, step);
          take(key);
          model = [...model, [key, step] as [number, number]].slice(-5);
          break;
        case 2: {
          const found = take(key);
          expect(map.get(key)).toBe(found?.[1]);
          if (found) model.push(found);
          break;
        }
        default:
          expect(map.delete(key)).toBe(take(key) !== undefined);
      }
      expect(map.size).toBe(model.length);
    }
    for (const [key, value] of model) expect(map.peek(key)).toBe(value);
  });
});
