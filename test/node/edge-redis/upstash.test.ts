import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";

const PATIENT = { timeout: 60_000 };

let node: TestNode;
let redis: Redis;
beforeAll(async () => {
  node = await startTestNode();
  redis = new Redis({ ...node.rest(), retry: false, enableTelemetry: true });
});
afterAll(() => node.stop());
beforeEach(async () => {
  await redis.flushdb();
});

describe("@upstash/redis", () => {
  it("stores what JavaScript has, and gets it back as it was", async () => {
    expect(await redis.set("object", { a: [1, "zwei", null] })).toBe("OK");
    expect(await redis.get("object")).toEqual({ a: [1, "zwei", null] });
    await redis.set("text", "雪, é, 😀");
    expect(await redis.get("text")).toBe("雪, é, 😀");
    expect(await redis.get("nope")).toBeNull();
    expect(await redis.ping()).toBe("PONG");
    expect(await redis.set("text", "again", { nx: true })).toBeNull();
    expect(await redis.set("text", "again", { ex: 100, get: true })).toBe("雪, é, 😀");
    expect(await redis.ttl("text")).toBeGreaterThan(90);
  });

  it("uses each kind of value", async () => {
    await redis.hset("hash", { name: "spike", stock: 100 });
    expect(await redis.hgetall("hash")).toEqual({ name: "spike", stock: 100 });
    expect(await redis.hincrby("hash", "stock", -1)).toBe(99);
    await redis.rpush("list", "a", "OK", "c");
    expect(await redis.lrange("list", 0, -1)).toEqual(["a", "OK", "c"]);
    await redis.sadd("set", "x", "y");
    expect((await redis.smembers("set")).toSorted()).toEqual(["x", "y"]);
    await redis.zadd("board", { score: 1.5, member: "low" }, { score: 20, member: "high" });
    expect(await redis.zrange("board", 0, -1, { rev: true, withScores: true })).toEqual([
      "high",
      20,
      "low",
      1.5,
    ]);
    const [cursor, keys] = await redis.scan(0, { match: "*a*", count: 100 });
    expect([cursor, keys.toSorted()]).toEqual(["0", ["board", "hash"]]);
  });

  it("tells errors in Redis's words", async () => {
    await redis.set("text", "x");
    await expect(redis.lpush("text", "y")).rejects.toThrow(/WRONGTYPE Operation against a key/);
    await expect(redis.eval("return redis.call('nope')", [], [])).rejects.toThrow(/Unknown Redis command/);
  });

  it("sends pipelines, by itself as well, and sees each command's own error", async () => {
    const pipeline = redis.pipeline().set("n", 1).incr("n").lpush("n", "x").get("n");
    expect(await pipeline.exec({ keepErrors: true })).toMatchObject([
      { result: "OK" },
      { result: 2 },
      { error: "WRONGTYPE Operation against a key holding the wrong kind of value" },
      { result: 2 },
    ]);
    const auto = new Redis({ ...node.rest(), retry: false, enableAutoPipelining: true });
    // Reads and writes go in pipelines of their own, at the same time, and either may be first.
    expect(await Promise.all([auto.incr("n"), auto.incr("n")])).toEqual([3, 4]);
    expect(await Promise.all([auto.get("n"), auto.exists("n")])).toEqual([4, 1]);
  });

  it("sends transactions, of which either all or nothing happens", async () => {
    expect(await redis.multi().set("n", 1).incr("n").get("n").exec()).toEqual(["OK", 2, 2]);
    const refused = redis.multi();
    refused.incr("n");
    // A command that Redis does not know cannot be queued.
    (refused as unknown as { chain: (command: { command: string[] }) => void }).chain({ command: ["nope"] });
    await expect(refused.exec()).rejects.toThrow(/EXECABORT.*unknown command 'nope'/);
    expect(await redis.get("n")).toBe(2);
  });

  it("runs scripts by their hash, and sends those that are not known yet", async () => {
    const script = redis.createScript<[string, number]>("return {ARGV[1], redis.call('incr', KEYS[1])}");
    expect(await script.exec(["n"], ["hello"])).toEqual(["hello", 1]);
    expect(await script.exec(["n"], ["hello"])).toEqual(["hello", 2]);
    await node.crashAndRestart();
    redis = new Redis({ ...node.rest(), retry: false });
    const again = redis.createScript<[string, number]>("return {ARGV[1], redis.call('incr', KEYS[1])}");
    await expect(again.evalsha(["n"], ["hello"])).rejects.toThrow(/NOSCRIPT/);
    expect(await again.exec(["n"], ["hello"])).toEqual(["hello", 3]);
  });

  it("hears what is published until it stops listening", async () => {
    const heard: unknown[] = [];
    const listener = redis.subscribe<{ stock: number } | string>(["sales"]);
    listener.on("message", (event) => heard.push(event));
    await expect.poll(() => redis.publish("sales", { stock: 5 }), PATIENT).toBe(1);
    const patterns = redis.psubscribe("sa*");
    patterns.on("pmessage", (event) => heard.push(event));
    await expect.poll(() => redis.publish("sales", "zwei, drei"), PATIENT).toBe(2);
    await expect.poll(() => heard, PATIENT).toContainEqual({ channel: "sales", message: { stock: 5 } });
    await expect.poll(() => heard, PATIENT).toContainEqual({ channel: "sales", message: "zwei, drei" });
    await listener.unsubscribe();
    await patterns.unsubscribe();
    await expect.poll(() => redis.publish("sales", "anybody?"), PATIENT).toBe(0);
  });

  it("comes in with the token alone", async () => {
    const stranger = new Redis({ ...node.rest(), token: "wrong", retry: false });
    await expect(stranger.get("k")).rejects.toThrow(/^WRONGPASS/);
  });
});

describe("@upstash/ratelimit", () => {
  const TOKENS = 5;
  /** So long that no test is ever in two windows that matter. */
  const WINDOW = "10000 d";
  /** Who waits too long for Redis is let through unless told; a busy machine lets wait. */
  const PLAIN = { analytics: false, ephemeralCache: false, timeout: 0 } as const;
  const LIMITERS = {
    fixedWindow: Ratelimit.fixedWindow(TOKENS, WINDOW),
    slidingWindow: Ratelimit.slidingWindow(TOKENS, WINDOW),
    tokenBucket: Ratelimit.tokenBucket(TOKENS, WINDOW, TOKENS),
  };

  it.each(Object.entries(LIMITERS))("%s lets through what is allowed, and no more", async (name, limiter) => {
    const limit = new Ratelimit({ ...PLAIN, redis, limiter, prefix: name });
    const asked = await Promise.all(Array.from({ length: TOKENS + 3 }, () => limit.limit("shopper")));
    expect(asked.filter(({ success }) => success)).toHaveLength(TOKENS);
    expect(await limit.getRemaining("shopper")).toMatchObject({ remaining: 0 });
    expect((await limit.limit("another")).success).toBe(true);
    await limit.resetUsedTokens("shopper");
    expect(await limit.getRemaining("shopper")).toMatchObject({ remaining: TOKENS });
    expect((await limit.limit("shopper")).success).toBe(true);
  });

  it("takes several tokens at once", async () => {
    const limiter = Ratelimit.slidingWindow(TOKENS, WINDOW);
    const limit = new Ratelimit({ ...PLAIN, redis, limiter });
    expect(await limit.limit("shopper", { rate: TOKENS - 1 })).toMatchObject({ success: true, remaining: 1 });
    expect(await limit.limit("shopper")).toMatchObject({ success: true, remaining: 0 });
    expect((await limit.limit("shopper")).success).toBe(false);
  });

  it("remembers who has used up everything", async () => {
    const cache = new Map<string, number>();
    const limiter = Ratelimit.cachedFixedWindow(TOKENS, WINDOW);
    const limit = new Ratelimit({ ...PLAIN, redis, limiter, ephemeralCache: cache });
    for (let used = 1; used <= TOKENS; used++) expect((await limit.limit("shopper")).success).toBe(true);
    expect((await limit.limit("shopper")).success).toBe(false);
    expect((await limit.blockUntilReady("another", 1_000)).success).toBe(true);
  });

  it("refuses who is on its list", async () => {
    const limiter = Ratelimit.fixedWindow(TOKENS, WINDOW);
    const limit = new Ratelimit({ ...PLAIN, redis, limiter, enableProtection: true, prefix: "guarded" });
    await redis.sadd("guarded:denyList:all", "6.6.6.6");
    // Says that there is no public list of addresses to fetch.
    await redis.set("guarded:ipDenyListStatus", "disabled");
    const refused = await limit.limit("shopper", { ip: "6.6.6.6" });
    expect(refused).toMatchObject({ success: false, reason: "denyList", deniedValue: "6.6.6.6" });
    expect((await limit.limit("shopper", { ip: "8.8.8.8" })).success).toBe(true);
  });
});
