import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { RedisClient, saying } from "../../../workers/shared/redis/client.ts";
import {
  command,
  decr,
  del,
  get,
  hdel,
  hmget,
  hset,
  incr,
  pexpire,
  pexpiretime,
  set,
  zadd,
  zincrby,
  zkeepHighest,
  zmscore,
  zrange,
  zrem,
} from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { RedisReplyError } from "../../../workers/shared/redis/replies.ts";

const redis = openRedis(env);
const newKey = () => crypto.randomUUID();

test("a pipeline answers in its order, each command in its own type", async () => {
  const [text, list] = [newKey(), newKey()];
  const [stored, read, again, count, missing, popped] = await redis.pipeline([
    set(text, "价格"),
    get(text),
    set(text, "x", { only: "NX" }),
    command(["RPUSH", list, "a", "b"]),
    get(newKey()),
    command(["LRANGE", list, 0, -1]),
  ]);
  expect({ stored, read, again, count, missing, popped }).toEqual({
    stored: true,
    read: "价格",
    again: false,
    count: 2,
    missing: null,
    popped: ["a", "b"],
  });
});

test("numbers and times to live", async () => {
  const key = newKey();
  expect(await redis.pipeline([incr(key), incr(key), decr(key), pexpiretime(key)])).toEqual([1, 2, 1, -1]);
  const before = Date.now();
  expect(await redis.pipeline([pexpire(key, 60_000, "NX"), pexpire(key, 90_000, "NX")])).toEqual([
    true,
    false,
  ]);
  const end = await redis.run(pexpiretime(key));
  expect(end).toBeGreaterThanOrEqual(before + 60_000);
  expect(end).toBeLessThanOrEqual(Date.now() + 60_000);
  expect(await redis.pipeline([del(key), del(key), pexpiretime(key)])).toEqual([true, false, -2]);
});

test("a text that ends at a moment in the past is not there", async () => {
  const key = newKey();
  expect(await redis.pipeline([set(key, "x", { expiresAt: 1 }), get(key)])).toEqual([true, null]);
});

test("hashes", async () => {
  const key = newKey();
  expect(await redis.run(hset(key, { a: "1", b: 2 }))).toBe(2);
  expect(await redis.run(hmget(key, ["b", "c", "a"]))).toEqual(["2", null, "1"]);
  expect(await redis.run(hdel(key, ["a", "c"]))).toBe(1);
});

test("sorted sets, infinity included", async () => {
  const key = newKey();
  const members = [
    ["one", 1],
    ["half", 1.5],
    ["ever", Infinity],
  ] as const;
  expect(await redis.run(zadd(key, members))).toBe(3);
  expect(await redis.run(zincrby(key, 0.25, "half"))).toBe(1.75);
  expect(await redis.run(zmscore(key, ["half", "none", "ever"]))).toEqual([1.75, null, Infinity]);
  expect(await redis.run(zrange(key, { min: "(1", max: Infinity, limit: 10 }))).toEqual([
    ["half", 1.75],
    ["ever", Infinity],
  ]);
  expect(await redis.run(zrange(key, { min: -Infinity, max: 2, reverse: true, limit: 1 }))).toEqual([
    ["half", 1.75],
  ]);
  expect(await redis.run(zrem(key, ["one", "none"]))).toBe(1);
});

test("of a sorted set only the highest are kept", async () => {
  const key = newKey();
  await redis.run(
    zadd(key, [
      ["a", 3],
      ["b", 1],
      ["c", 2],
    ]),
  );
  expect(await redis.run(zkeepHighest(key, 3))).toBe(0);
  expect(await redis.run(zkeepHighest(key, 2))).toBe(1);
  expect(await redis.run(zmscore(key, ["a", "b", "c"]))).toEqual([3, null, 2]);
});

test("a command that is refused throws Redis's words, and the others were executed", async () => {
  const key = newKey();
  const refused = redis.pipeline([set(key, "x"), incr(key), command(["APPEND", key, "y"])]);
  await expect(refused).rejects.toThrow(RedisReplyError);
  await expect(refused).rejects.toMatchObject({
    code: "ERR",
    message: "ERR value is not an integer or out of range",
  });
  expect(await redis.run(get(key))).toBe("xy");
});

test("a command that answers otherwise than its type says is a fault of ours", async () => {
  const odd = { ...get(newKey()), args: ["DBSIZE"] };
  await expect(redis.run(odd)).rejects.toThrow(TypeError);
});

test("a transaction with a command that cannot be executed executes none", async () => {
  const key = newKey();
  const transaction = redis.transaction([set(key, "x"), command(["GET"], key)]);
  await expect(transaction).rejects.toMatchObject({ code: "EXECABORT" });
  expect(await redis.run(get(key))).toBeNull();
});

test("a transaction happens only while what was observed still holds", async () => {
  const key = newKey();
  const seen = await redis.observe(get(key));
  expect(seen.value).toBeNull();
  expect(await redis.transaction([set(key, "first"), incr(`${key}:n`)], { ifStill: [seen] })).toEqual([
    true,
    1,
  ]);
  expect(await redis.transaction([set(key, "second"), incr(`${key}:n`)], { ifStill: [seen] })).toBeNull();
  expect(await redis.pipeline([get(key), get(`${key}:n`)])).toEqual(["first", "1"]);
});

test("a transaction may depend on a number without asking for it before", async () => {
  const key = newKey();
  await redis.run(incr(key));
  expect(await redis.transaction([decr(key)], { ifStill: [saying(pexpiretime(key), -1)] })).toEqual([0]);
  expect(await redis.transaction([decr(key)], { ifStill: [saying(pexpiretime(key), 7)] })).toBeNull();
});

test("of many transactions on one observation exactly one happens", async () => {
  const key = newKey();
  const seen = await redis.observe(get(key));
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => redis.transaction([set(key, n)], { ifStill: [seen] })),
  );
  expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
});

/** A namespace whose objects do everything they are told, and then break for the first `failures` times. */
function breakingAfterwards(failures: number) {
  let left = failures;
  const execute = vi.fn(async (...args: Parameters<ReturnType<typeof env.EDGE_REDIS.get>["execute"]>) => {
    const answer = await env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName("0")).execute(...args);
    if (left-- > 0) throw Object.assign(new Error("the object was moved"), { retryable: true });
    return answer;
  });
  const EDGE_REDIS = { idFromName: (name: string) => name, get: () => ({ execute }) };
  return { client: openRedis({ EDGE_REDIS } as unknown as Env), execute };
}

test("a call whose answer is lost is repeated, and nothing happens twice", async () => {
  const key = newKey();
  const { client, execute } = breakingAfterwards(2);
  expect(await client.pipeline([incr(key), command(["RPUSH", `${key}:l`, "x"])])).toEqual([1, 1]);
  expect(execute).toHaveBeenCalledTimes(3);
  expect(await redis.pipeline([get(key), command(["LLEN", `${key}:l`])])).toEqual(["1", 1]);
});

test("a transaction whose answer is lost is not taken for one that came too late", async () => {
  const key = newKey();
  const { client } = breakingAfterwards(1);
  const seen = await redis.observe(get(key));
  expect(await client.transaction([set(key, "x")], { ifStill: [seen] })).toEqual([true]);
});

test("commands go to the node of their key, and come back in order", async () => {
  const asked: string[] = [];
  const client = new RedisClient({
    nodeOf: (key) => key.slice(0, 1),
    execute: async (node, commands, options) => {
      asked.push(node);
      return await env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName(`routing ${node}`)).execute(
        commands,
        options,
      );
    },
  });
  const [, , a, b] = await client.pipeline([set("a1", "A"), set("b1", "B"), get("a1"), get("b1")]);
  expect([a, b]).toEqual(["A", "B"]);
  expect(asked.toSorted()).toEqual(["a", "b"]);
  await expect(client.transaction([set("a1", "x"), set("b1", "y")])).rejects.toThrow(TypeError);
});
