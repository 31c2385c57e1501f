import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { nodeOfKey } from "../../../workers/shared/redis/ring.ts";
import { startTestNode, type TestNode } from "./node.ts";

const NODES = 3;
/** How long the ring may take to grow on a busy machine, and a client to be heard. */
const PATIENCE = { timeout: 120_000, interval: 50 };

let node: TestNode;
/** Clients that came in at one node each, by its number. */
const entries: ReturnType<TestNode["connect"]>[] = [];
beforeAll(async () => {
  node = await startTestNode(NODES);
  await hasGrown(NODES);
  // Connections take turns over the nodes.
  for (let count = 0; count < NODES; count++) {
    const client = node.connect();
    const [, number] = /ring_node:(\d+)/.exec(await client.info("ring")) ?? [];
    entries[Number(number)] = client;
  }
  expect(entries.filter(Boolean)).toHaveLength(NODES);
});
afterAll(() => node.stop());

async function hasGrown(nodes: number): Promise<void> {
  const status = () =>
    node
      .connect()
      .call("RING", "STATUS")
      .catch(() => null);
  const grown = ["nodes", nodes, "goal", nodes, "growing", 0, "percent", 100];
  await vi.waitFor(async () => expect(await status()).toEqual(grown), PATIENCE);
}

/** Some keys for each node, by a name of the test's own. */
function keysOf(test: string): string[][] {
  const keys = Array.from({ length: 60 }, (_, index) => `${test}:${index}`);
  return Array.from({ length: NODES }, (_, owner) => keys.filter((key) => nodeOfKey(key, NODES) === owner));
}

describe("clients of a ring of several nodes", () => {
  it("find every key wherever they come in, and their replies in order", async () => {
    const keys = keysOf("pipeline").flat();
    for (const [entry, client] of entries.entries()) {
      await client.select(entry);
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.set(key, `${entry} ${key}`).get(key).echo(key).strlen(key);
      const replies = await pipeline.exec();
      await client.select(0);
      expect(replies?.map(([, reply]) => reply)).toEqual(
        keys.flatMap((key) => ["OK", `${entry} ${key}`, key, `${entry} ${key}`.length]),
      );
    }
  });

  it("get CROSSSLOT for keys of several nodes, and not for those with one tag", async () => {
    const client = node.connect();
    const [[a], [b]] = keysOf("cross") as [[string], [string]];
    await expect(client.mset(a, 1, b, 2)).rejects.toThrow(/^CROSSSLOT Keys in request/);
    await expect(client.rename(a, b)).rejects.toThrow(/^CROSSSLOT/);
    await expect(client.sort(a, "STORE", b)).rejects.toThrow(/^CROSSSLOT/);
    await expect(client.watch(a, b)).rejects.toThrow(/^CROSSSLOT/);
    await expect(client.eval("return 1", 2, a, b)).rejects.toThrow(/^CROSSSLOT/);
    expect(await client.exists(a)).toBe(0);
    expect(await client.mset("{cross}a", 1, "{cross}b", 2)).toBe("OK");
    expect(await client.mget("{cross}a", "{cross}b")).toEqual(["1", "2"]);
  });

  it("are refused what no ring of several nodes can do", async () => {
    const client = node.connect();
    await expect(client.swapdb(0, 1)).rejects.toThrow(/SWAPDB is not possible/);
    await expect(client.sort("list", "BY", "weight_*")).rejects.toThrow(/BY option of SORT denied/);
    await expect(client.sort("list", "GET", "value_*")).rejects.toThrow(/GET option of SORT denied/);
    expect(await client.sort("list", "BY", "nosort", "GET", "#")).toEqual([]);
    const [[own], [foreign]] = keysOf("script") as [[string], [string]];
    const script = "return redis.call('SET', ARGV[1], 'x')";
    await expect(client.eval(script, 1, own, foreign)).rejects.toThrow(/non local key/);
    expect(await client.eval(script, 1, own, own)).toBe("OK");
    expect(await client.exists(foreign)).toBe(0);
  });

  it("see all keys as of one Redis in commands without keys", async () => {
    const client = node.connect();
    await client.select(9);
    const keys = keysOf("all").flat();
    for (const key of keys) await client.set(key, "x");
    expect(await client.dbsize()).toBe(keys.length);
    expect((await client.keys("all:*")).toSorted()).toEqual(keys.toSorted());
    expect(keys).toContain(await client.randomkey());
    const scanned: string[] = [];
    let cursor = "0";
    do {
      const [next, page] = await client.scan(cursor, "COUNT", 7);
      scanned.push(...page);
      cursor = next;
    } while (cursor !== "0");
    expect(scanned.toSorted()).toEqual(keys.toSorted());
    await client.flushdb();
    expect([await client.dbsize(), await client.keys("*"), await client.randomkey()]).toEqual([0, [], null]);
  });

  it("wait for a list of another node, first come, first served, and not when they have gone", async () => {
    for (const [key] of keysOf("wait") as [string][]) {
      const [gone, first, second, pusher] = [node.connect(), node.connect(), node.connect(), node.connect()];
      const waiting = gone.blpop(key, 0).catch(() => "gone");
      await expect.poll(() => blockedClients(), PATIENCE).toBe(1);
      const served = [first.blpop(key, 100)];
      await expect.poll(() => blockedClients(), PATIENCE).toBe(2);
      served.push(second.blpop(key, 100));
      await expect.poll(() => blockedClients(), PATIENCE).toBe(3);
      gone.disconnect();
      expect(await waiting).toBe("gone");
      await expect.poll(() => blockedClients(), PATIENCE).toBe(2);
      await pusher.rpush(key, "a", "b");
      expect(await Promise.all(served)).toEqual([
        [key, "a"],
        [key, "b"],
      ]);
      expect(await pusher.blpop(key, 0.01)).toBeNull();
    }
  });

  it("send transactions to wherever their keys are", async () => {
    for (const [a, b] of keysOf("transaction") as [string, string][]) {
      const [client, other] = [node.connect(), node.connect()];
      expect(await client.multi().set(a, 1).incr(a).rpush(b, "x").exec()).toEqual([
        [null, "OK"],
        [null, 2],
        [null, 1],
      ]);
      await client.watch(a);
      await other.incr(a);
      expect(await client.multi().incr(a).exec()).toBeNull();
      await client.watch(a, b);
      expect(await client.multi().incr(a).select(1).set(a, "there").exec()).toEqual([
        [null, 4],
        [null, "OK"],
        [null, "OK"],
      ]);
      expect(await client.get(a)).toBe("there");
      await client.watch(a);
      await client.unwatch();
      await other.select(1);
      await other.set(a, 5);
      expect(await client.multi().incr(a).exec()).toEqual([[null, 6]]);
    }
  });

  it("watch until the transaction is executed, though UNWATCH is queued in it", async () => {
    for (const [key] of keysOf("unwatch") as [string][]) {
      const [client, other] = [node.connect(), node.connect()];
      await client.watch(key);
      await client.multi({ pipeline: false });
      await client.unwatch();
      await client.incr(key);
      await other.set(key, 5);
      expect(await client.exec()).toBeNull();
      expect(await other.get(key)).toBe("5");
    }
  });

  it("cannot have transactions over several nodes, of which nothing is done", async () => {
    const client = node.connect();
    const [[a], [b]] = keysOf("apart") as [[string], [string]];
    await expect(client.multi().set(a, 1).set(b, 2).exec()).rejects.toThrow(/EXECABORT/);
    await expect(client.multi().set(a, 1).flushall().exec()).rejects.toThrow(/EXECABORT/);
    await client.watch(a);
    await expect(client.watch(b)).rejects.toThrow(/^CROSSSLOT/);
    await client.unwatch();
    expect([await client.exists(a), await client.exists(b)]).toEqual([0, 0]);
  });

  it("hear what is published at any node", async () => {
    const listeners = [node.connect(), node.connect(), node.connect()];
    const heard = listeners.map(
      (client) => new Promise((resolve) => client.on("message", (...message) => resolve(message))),
    );
    for (const client of listeners) await client.subscribe("news");
    expect(await node.connect().publish("news", "hello")).toBe(3);
    for (const message of heard) expect(await message).toEqual(["news", "hello"]);
  });

  it("load scripts at every node", async () => {
    const client = node.connect();
    const hash = (await client.script("LOAD", "return KEYS[1]")) as string;
    for (const [key] of keysOf("loaded") as [string][]) expect(await client.evalsha(hash, 1, key)).toBe(key);
    expect(await client.script("EXISTS", hash, "0".repeat(40))).toEqual([1, 0]);
    await client.script("FLUSH");
    expect(await client.script("EXISTS", hash)).toEqual([0]);
  });
});

async function blockedClients(): Promise<number> {
  const infos = await Promise.all(entries.map((client) => client.info("clients")));
  return infos.reduce((blocked, info) => blocked + Number(/blocked_clients:(\d+)/.exec(info)?.[1]), 0);
}
