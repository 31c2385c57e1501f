import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.stop());

describe("a real client", () => {
  it("has to know the password", async () => {
    await expect(node.connect({ password: "wrong" }).get("k")).rejects.toThrow(/WRONGPASS|NOAUTH|closed/);
    await expect(node.connect().get("k")).resolves.toBeNull();
  });

  it("stores bytes as they are, in each database apart", async () => {
    const client = node.connect();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    await client.set("bytes", bytes);
    expect(await client.getBuffer("bytes")).toEqual(bytes);
    await client.select(3);
    expect(await client.get("bytes")).toBeNull();
  });

  it("sends pipelines and transactions, which fail when what they watch has changed", async () => {
    const [a, b] = [node.connect(), node.connect()];
    const replies = await a.pipeline().set("n", 1).incr("n").lpush("n", "x").get("n").exec();
    expect(replies?.map(([error, value]) => error?.message ?? value)).toEqual([
      ...["OK", 2, "WRONGTYPE Operation against a key holding the wrong kind of value", "2"],
    ]);
    await a.watch("n");
    await b.incr("n");
    expect(await a.multi().incr("n").exec()).toBeNull();
    expect(await a.multi().incr("n").get("n").exec()).toEqual([
      [null, 4],
      [null, "4"],
    ]);
  });

  it("waits for a list, first come, first served", async () => {
    const [first, second, pusher] = [node.connect(), node.connect(), node.connect()];
    const waiting = [first.blpop("queue", 0)];
    await expect.poll(() => pusher.client("LIST")).toMatch(/cmd=blpop/);
    waiting.push(second.blpop("queue", 0));
    await expect.poll(async () => /blocked_clients:2/.test(await pusher.info("clients"))).toBe(true);
    await pusher.rpush("queue", "a", "b");
    expect(await Promise.all(waiting)).toEqual([
      ["queue", "a"],
      ["queue", "b"],
    ]);
  });

  it("hears what is published", async () => {
    const [listener, publisher] = [node.connect(), node.connect()];
    const heard = new Promise((resolve) => listener.on("message", (...message) => resolve(message)));
    await listener.subscribe("news");
    expect(await publisher.publish("news", "hello")).toBe(1);
    expect(await heard).toEqual(["news", "hello"]);
  });
});

/** Enough to be written anew once and to be killed in the middle. */
const WRITERS = 8;
const CRASHES = 3;

it("loses nothing that was acknowledged when it is killed", async () => {
  const confirmed = new Map<string, string>();
  for (let crash = 0; crash < CRASHES; crash++) {
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      const client = node.connect();
      await client.select(writer % 2);
      try {
        for (let round = 0; ; round++) {
          const key = `${crash}:${writer}:${round}`;
          await client.set(key, "v".repeat(200));
          await client.rpush(`list:${writer}`, key);
          confirmed.set(key, `${writer % 2}`);
          if (writer === 0 && round === 100) void node.crashAndRestart();
        }
      } catch {
        // The connection broke: what was not answered may be there or not.
      }
    });
    await Promise.all(writers);
    await expect
      .poll(
        () =>
          node
            .connect()
            .ping()
            .catch(() => null),
        { timeout: 120_000 },
      )
      .toBe("PONG");
  }
  for (const database of ["0", "1"]) {
    const client = node.connect();
    await client.select(Number(database));
    const keys = [...confirmed].filter(([, where]) => where === database).map(([key]) => key);
    expect(keys.length).toBeGreaterThan(100);
    const values = await client.mget(keys);
    expect(values.filter((value) => value === null)).toEqual([]);
    for (let writer = Number(database); writer < WRITERS; writer += 2) {
      const list = new Set(await client.lrange(`list:${writer}`, 0, -1));
      expect(keys.filter((key) => key.split(":")[1] === String(writer) && !list.has(key))).toEqual([]);
    }
  }
});
