import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";
import { chooseEmptyDatabase, findRedis } from "./real-redis.ts";
import type { RespClient, Said } from "./resp-client.ts";

const ALL_BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
const NUMBERS = [
  "0",
  "127",
  "-128",
  "4095",
  "-4097",
  "32767",
  "8388607",
  "2147483647",
  "9223372036854775807",
];
const TEXTS = ["", "x".repeat(63), "y".repeat(64), "z".repeat(5_000), "ab".repeat(10_000), ALL_BYTES];
const MANY = Array.from({ length: 1_000 }, (_, at) => `member ${at}`);

/** Values of every type and of every form in which Redis keeps them. */
const VALUES: Record<string, string[]> = {
  integer: ["SET", "integer", "-129"],
  bytes: ["SET", "bytes", ALL_BYTES],
  compressed: ["SET", "compressed", "ab".repeat(10_000)],
  list: ["RPUSH", "list", ...NUMBERS, ...TEXTS, ...MANY],
  "small numbers": ["SADD", "small numbers", "1", "-5", "300"],
  "large numbers": ["SADD", "large numbers", ...NUMBERS],
  set: ["SADD", "set", ...MANY],
  hash: ["HSET", "hash", "number", "7", "text", "seven"],
  "long hash": ["HSET", "long hash", ...MANY.flatMap((field, at) => [field, String(at)])],
  sorted: ["ZADD", "sorted", "1.5", "a", "-3", "b", "inf", "c"],
  "long sorted": ["ZADD", "long sorted", ...MANY.flatMap((member, at) => [String(at / 7), member])],
};

/** Asks for everything in a value, by the command that made it. */
const READERS: Record<string, string[]> = {
  SET: ["GET"],
  RPUSH: ["LRANGE", "0", "-1"],
  SADD: ["SMEMBERS"],
  HSET: ["HGETALL"],
  ZADD: ["ZRANGE", "0", "-1", "WITHSCORES"],
};

const redis = await findRedis();

describe.skipIf(!redis)("values that come from a real Redis and go there", () => {
  let node: TestNode;
  let own: RespClient;
  const theirs = redis as RespClient;
  beforeAll(async () => {
    node = await startTestNode();
    own = await node.connectRaw();
    await chooseEmptyDatabase(theirs, 5);
  });
  afterAll(async () => {
    theirs.close();
    own?.close();
    await node?.stop();
  });

  /** Does it in one transaction that leaves nothing behind: others may use that Redis at the same time. */
  async function askRedis(key: string, ...commands: string[][]): Promise<Said[]> {
    const replies = await theirs.send([["MULTI"], ["DEL", key], ...commands, ["DEL", key], ["EXEC"]]);
    return (replies.at(-1) as Said[]).slice(2, -1);
  }

  it.each(Object.entries(VALUES))("%s", async (key, command) => {
    const [name = "", ...rest] = READERS[command[0] as string] as string[];
    const everything = [name, key, ...rest];
    const [, whole, ours] = await own.send([command, everything, ["DUMP", key]]);
    const [restored, given] = await askRedis(key, ["RESTORE", key, "0", textOf(ours)], everything);
    expect(restored).toBe("+OK");
    expect(sorted(given)).toEqual(sorted(whole));

    const [, dumped] = await askRedis(key, command, ["DUMP", key]);
    const taken = await own.send([["RESTORE", key, "0", textOf(dumped), "REPLACE"], everything]);
    expect(taken[0]).toBe("+OK");
    expect(sorted(taken[1])).toEqual(sorted(whole));
  });

  it("keep their expiry over a crash", async () => {
    const [, dumped] = await askRedis("k", ["SET", "k", "v"], ["DUMP", "k"]);
    const payload = textOf(dumped);
    await own.send([
      ["RESTORE", "copy", "100000", payload],
      ["RESTORE", "forever", "0", payload],
    ]);
    own.close();
    await node.crashAndRestart();
    own = await node.connectRaw();
    const [value, ttl, forever] = await own.send([
      ["GET", "copy"],
      ["PTTL", "copy"],
      ["TTL", "forever"],
    ]);
    expect([value, forever]).toEqual(["$v", ":-1"]);
    expect(Number(textOf(ttl))).toBeGreaterThan(0);
    expect(Number(textOf(ttl))).toBeLessThanOrEqual(100_000);
  });
});

/** Without the mark of its type. */
const textOf = (said: Said | undefined): string => String(said).slice(1);

/** Sets and hashes come in any order. */
const sorted = (said: Said | undefined): string[] => [said ?? []].flat().map(String).toSorted();
