import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deque } from "../../../durable-objects/edge-redis/engine/deque.ts";
import { Dictionary } from "../../../durable-objects/edge-redis/engine/dictionary.ts";
import { matchesGlob } from "../../../durable-objects/edge-redis/engine/glob.ts";
import {
  formatDouble,
  isInteger,
  parseAsC,
  parseDouble,
} from "../../../durable-objects/edge-redis/engine/numbers.ts";
import { compareScored, SortedList } from "../../../durable-objects/edge-redis/engine/sorted-list.ts";

describe("a dictionary", () => {
  it("scans whatever stays from the beginning to the end, exactly once, while others come and go", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 20 }), (keys, count) => {
        const dictionary = new Dictionary<number>();
        for (let key = 0; key < keys; key++) dictionary.set(`k${key}`, key);
        const seen: string[] = [];
        let cursor = 0;
        let step = 0;
        do {
          const page = dictionary.scan(cursor, count);
          seen.push(...page.keys);
          cursor = page.cursor;
          dictionary.delete(`k${keys - 1 - step}`);
          if (step < 50) dictionary.set(`new${step}`, step);
          step++;
        } while (cursor !== 0);
        const stayed = [...dictionary.keys()].filter((key) => key.startsWith("k"));
        for (const key of stayed) expect(seen.filter((other) => other === key)).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  it("finds every key by chance", () => {
    const dictionary = new Dictionary<true>();
    for (let key = 0; key < 8; key++) dictionary.set(String(key), true);
    for (let key = 0; key < 8; key += 2) dictionary.delete(String(key));
    const found = new Set(Array.from({ length: 1_000 }, () => dictionary.randomKey()));
    expect(found).toEqual(new Set(["1", "3", "5", "7"]));
  });
});

describe("a sorted list", () => {
  it("is what a sorted array is", () => {
    const entry = fc.record({
      member: fc.integer({ min: 0, max: 3_000 }).map(String),
      score: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 2_000 }),
        fc.array(fc.nat(), { maxLength: 200 }),
        (entries, removals) => {
          const list = new SortedList();
          const model = [...new Map(entries.map((one) => [one.member, one])).values()];
          for (const one of model) list.insert(one);
          for (const removal of removals) {
            const [gone] = model.splice(removal % (model.length || 1), 1);
            if (gone) list.remove(gone);
          }
          model.sort(compareScored);
          expect([...list]).toEqual(model);
          expect(list.length).toBe(model.length);
          expect(list.slice(3, 700)).toEqual(model.slice(3, 700));
          model.forEach((one, rank) => rank % 97 === 0 && expect(list.rankOf(one)).toBe(rank));
        },
      ),
      { numRuns: 20 },
    );
  });
});

it("changes a list at both ends as an array does", () => {
  const step = fc.tuple(fc.constantFrom("pushLeft", "pushRight", "popLeft", "popRight"), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deque = new Deque();
      const model: string[] = [];
      for (const [action, value] of steps) {
        if (action === "pushLeft") {
          model.unshift(String(value));
          deque.pushLeft(String(value));
        } else if (action === "pushRight") {
          model.push(String(value));
          deque.pushRight(String(value));
        } else if (action === "popLeft") expect(deque.popLeft()).toBe(model.shift());
        else expect(deque.popRight()).toBe(model.pop());
        expect(deque.toArray()).toEqual(model);
        expect(deque.at(1)).toBe(model[1]);
      }
    }),
  );
});

it.each([
  ["h?llo", "hello", true],
  ["h*o", "hello", true],
  ["h[^e]llo", "hello", false],
  ["h[a-f]llo", "hello", true],
  ["\\*", "*", true],
  ["\\*", "x", false],
  ["[ab", "a", true],
  ["*a*a*a*a*a*a*b", "a".repeat(60), false],
  ["*?".repeat(1_000), "a".repeat(1_000), true],
  ["*?".repeat(1_001), "a".repeat(1_001), false],
  ["a*".repeat(40), `${"a".repeat(2_000)}b`, true],
  [`${"a*".repeat(40)}b`, `${"a".repeat(2_000)}b`, true],
  [`${"a*".repeat(40)}c`, `${"a".repeat(2_000)}b`, false],
])("matches %s with %s: %s", (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

it("reads and writes numbers as C does", () => {
  expect([1, 1.1, 1e17, 1e21, -0.5, 1e-5, 3.0e9].map(formatDouble)).toEqual([
    ...["1", "1.1000000000000001", "1e+17", "1e+21", "-0.5", "1.0000000000000001e-05", "3000000000"],
  ]);
  expect(["9223372036854775807", "9223372036854775808", "01", "+1", "-0", "-1"].map(isInteger)).toEqual([
    ...[true, false, false, false, false, true],
  ]);
  expect(["inf", "-Infinity", "nan", "", " 1", "1e3", "0x10", "-0x1.8p1", "0xg"].map(parseDouble)).toEqual([
    ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, null, null, 1_000, 16, -3, null],
  ]);
  expect(["1e400", "0x1p2000", "1e-400", "0x1p-2000", "0e400", "0x0p5"].map(parseDouble)).toEqual([
    ...[null, null, null, null, 0, 0],
  ]);
  expect(["1e400", "-1e400", "1e-400", "\t5\0x"].map(parseAsC)).toEqual([
    ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 5],
  ]);
});
