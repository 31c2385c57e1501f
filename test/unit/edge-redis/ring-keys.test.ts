import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import { type Command, keysOf } from "../../../durable-objects/edge-redis/engine/command.ts";
import { CIRCLE, hashOfKey, hashTagOf, nodeOfKey, NODES_MAX } from "../../../workers/shared/redis/ring.ts";

const KEYS = Array.from({ length: 20_000 }, (_, index) => `cart:${index}:items`);
const everySize = Array.from({ length: 32 }, (_, index) => index + 1);

function sharesOf(nodes: number): number[] {
  const counts = new Array<number>(nodes).fill(0);
  for (const key of KEYS) counts[nodeOfKey(key, nodes)]! += 1;
  return counts.map((count) => (count * nodes) / KEYS.length);
}

describe("a ring of nodes", () => {
  it.each([...everySize, NODES_MAX])("of %i gives each about as many keys as any other", (nodes) => {
    const shares = sharesOf(nodes);
    expect(shares).toHaveLength(nodes);
    expect(Math.min(...shares)).toBeGreaterThan(0.65);
    expect(Math.max(...shares)).toBeLessThan(1.4);
  });

  it.each(everySize)("of %i that grows by one moves keys to the new one alone, and its share", (nodes) => {
    const moved = KEYS.filter((key) => nodeOfKey(key, nodes) !== nodeOfKey(key, nodes + 1));
    expect(moved.filter((key) => nodeOfKey(key, nodes + 1) !== nodes)).toEqual([]);
    const share = moved.length / KEYS.length;
    expect(share).toBeGreaterThan(0.65 / (nodes + 1));
    expect(share).toBeLessThan(1.4 / (nodes + 1));
  });
});

describe("a hash tag", () => {
  it.each([
    ["{user1000}.following", "user1000"],
    ["foo{bar}{zap}", "bar"],
    ["foo{{bar}}zap", "{bar"],
    ["foo{}{bar}", "foo{}{bar}"],
    ["foo{bar", "foo{bar"],
    ["foo}bar{", "foo}bar{"],
    ["}{a}", "a"],
    ["", ""],
  ])("of %j is %j", (key, tag) => {
    expect(hashTagOf(key)).toBe(tag);
  });

  it("keeps keys together on a ring of any size", () => {
    const together = KEYS.slice(0, 100).map((key) => `{cart:7}${key}`);
    for (const nodes of everySize)
      expect(new Set(together.map((key) => nodeOfKey(key, nodes)))).toHaveLength(1);
    expect(hashOfKey("{cart:7}x")).toBe(hashOfKey("cart:7"));
    expect(hashOfKey("x")).toBeLessThan(CIRCLE);
  });
});

describe("the keys of a command", () => {
  it.each([
    ["GET a", ["a"]],
    ["MSET a 1 b 2", ["a", "b"]],
    ["BLPOP a b 0", ["a", "b"]],
    ["BLMPOP 0 2 a b LEFT", ["a", "b"]],
    ["ZUNIONSTORE d 2 a b WEIGHTS 1 2", ["d", "a", "b"]],
    ["SORT a BY w_* STORE d", ["a", "d"]],
    ["SORT a STORE d1 store d2", ["a", "d2"]],
    ["SORT a STORE", ["a"]],
    ["SORT a STORE d GET store LIMIT 0 store", ["a", "d"]],
    ["SORT_RO a", ["a"]],
    ["MEMORY USAGE a", ["a"]],
    ["OBJECT ENCODING a", ["a"]],
    ["BITOP AND d a b", ["d", "a", "b"]],
    ["PING a", []],
    ["DBSIZE", []],
  ])("%s are %j", (line, keys) => {
    const args = line.split(" ");
    expect(keysOf(COMMANDS.get((args[0] as string).toLowerCase()) as Command, args)).toEqual(keys);
  });
});
