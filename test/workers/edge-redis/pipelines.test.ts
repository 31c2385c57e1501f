import { beforeAll, describe, expect, it } from "vitest";
import { BATCH_MAX_BYTES } from "../../../durable-objects/edge-redis/ring/dispatcher.ts";
import { encodeCommands } from "../../../workers/shared/redis/encode.ts";
import { nodeOfKey } from "../../../workers/shared/redis/ring.ts";
import { TestRing, type Words } from "./nodes.ts";

const NODES = 3;

let ring: TestRing;
beforeAll(async () => {
  ring = new TestRing();
  await ring.grow(NODES);
});

/** A new key of a node. */
function keyOf(node: number): string {
  for (;;) {
    const key = crypto.randomUUID();
    if (nodeOfKey(key, NODES) === node) return key;
  }
}

/** Counts how often nodes of the ring pass something on. */
async function relaysOf(counted: TestRing): Promise<{ count: number }> {
  const relays = { count: 0 };
  await counted.interfere(NODES, async (_from, _to, method, call) => {
    if (method === "relay") relays.count++;
    return call();
  });
  return relays;
}

const transactionOf = (...commands: Words[]): Words[] => [["MULTI"], ...commands, ["EXEC"]];
const crossSlots = (count: number) =>
  Array.from({ length: count }, () =>
    expect.objectContaining({ message: expect.stringMatching(/^CROSSSLOT/) }),
  );

describe.each([[undefined], ["a name"]])("a pipeline with the id %s", (name) => {
  const named = () => (name === undefined ? {} : { id: crypto.randomUUID() });

  it("does nothing of a transaction whose keys have several nodes", async () => {
    const [a, b] = [keyOf(0), keyOf(1)];
    const commands = transactionOf(["SET", a, 1], ["SET", b, 1]);
    expect(await ring.ask(2, commands, named())).toEqual(crossSlots(commands.length));
    expect(
      await ring.ask(2, [
        ["EXISTS", a],
        ["EXISTS", b],
      ]),
    ).toEqual([0, 0]);
  });

  it("does nothing on a condition about a key of another node", async () => {
    const [a, b] = [keyOf(0), keyOf(1)];
    const onlyIf = { reads: encodeCommands([["GET", b]]), replies: new TextEncoder().encode("$-1\r\n") };
    expect(await ring.ask(2, [["SET", a, 1]], { ...named(), onlyIf })).toEqual(crossSlots(1));
    expect(await ring.one(2, "EXISTS", a)).toBe(0);
  });

  it("does nothing of a transaction whose keys come to be on several nodes while it is on its way", async () => {
    const own = new TestRing();
    await own.grow(NODES);
    const a = keyOf(0);
    const onlyIf = { reads: encodeCommands([["GET", a]]), replies: new TextEncoder().encode("$1\r\nx\r\n") };
    const commands = transactionOf(["SET", a, 1]);
    let isFirst = true;
    await own.interfere(NODES, async (_from, _to, method, call) => {
      if (method !== "executeOwn" || !isFirst) return call();
      isFirst = false;
      return { movedTo: null };
    });
    expect(await own.ask(2, commands, named())).toEqual(crossSlots(commands.length));
    isFirst = true;
    expect(await own.ask(2, [["SET", a, 1]], { ...named(), onlyIf })).toEqual(crossSlots(1));
    expect(await own.one(2, "EXISTS", a)).toBe(0);
  });
});

it("a repeated transaction whose keys have come to be on several nodes is answered as before", async () => {
  const own = new TestRing();
  const [a, b] = [keyOf(0), keyOf(2)];
  const id = crypto.randomUUID();
  const commands = transactionOf(["INCR", a], ["INCR", b]);
  const before = await own.ask(0, commands, { id });
  expect(before.at(-1)).toEqual([1, 1]);
  await own.grow(NODES);
  expect(await own.ask(1, commands, { id })).toEqual(before);
  expect(
    await own.ask(1, [
      ["GET", a],
      ["GET", b],
    ]),
  ).toEqual(["1", "1"]);
});

it("a pipeline that is taken apart does not wait, and answers every command", async () => {
  const [a, b] = [keyOf(0), keyOf(1)];
  const commands = [
    ["BLPOP", a, 0],
    ["SET", b, "x"],
    ["BLPOP", `{${a}}`, 0],
    ["GET", b],
  ];
  expect(await ring.ask(2, commands)).toEqual([null, "OK", null, "x"]);
});

describe("a repeated call does nothing twice that names no keys,", () => {
  it("neither removes what was acknowledged meanwhile", async () => {
    const own = new TestRing();
    await own.grow(NODES);
    const [a, b] = [keyOf(1), keyOf(2)];
    const id = crypto.randomUUID();
    expect(await own.ask(1, [["FLUSHALL"], ["INCR", a]], { id })).toEqual(["OK", 1]);
    await own.one(0, "SET", b, "acknowledged");
    expect(await own.ask(2, [["FLUSHALL"], ["INCR", a]], { id })).toEqual(["OK", 1]);
    expect(
      await own.ask(0, [
        ["GET", a],
        ["GET", b],
      ]),
    ).toEqual(["1", "acknowledged"]);
  });

  it("nor after the ring has grown", async () => {
    const own = new TestRing();
    const id = crypto.randomUUID();
    expect(await own.ask(0, [["FLUSHALL"]], { id })).toEqual(["OK"]);
    await own.one(0, "SET", "key", "acknowledged");
    await own.grow(NODES);
    expect(await own.ask(1, [["FLUSHALL"]], { id })).toEqual(["OK"]);
    expect(await own.one(0, "GET", "key")).toBe("acknowledged");
  });

  it("nor runs a script again", async () => {
    const key = keyOf(0);
    const script = ["EVAL", `return redis.call("INCR", "${key}")`, 0];
    const id = crypto.randomUUID();
    for (const node of [1, 2, 0]) expect(await ring.ask(node, [script], { id })).toEqual([1]);
    const apart = [["SELECT", 3], script, ["SET", keyOf(1), "x"], ["SET", keyOf(2), "x"]];
    const other = crypto.randomUUID();
    for (const node of [1, 2, 0])
      expect(await ring.ask(node, apart, { id: other })).toEqual(["OK", 1, "OK", "OK"]);
  });

  it("nor publishes again, to whoever has come meanwhile", async () => {
    const publish = [["PUBLISH", "news", "hello"]];
    const id = crypto.randomUUID();
    expect(await ring.ask(1, publish, { id })).toEqual([0]);
    const listener = (await ring.node(0).listen(encodeCommands([["SUBSCRIBE", "news"]]))).getReader();
    await listener.read();
    expect(await ring.ask(2, publish, { id })).toEqual([0]);
    expect(await ring.ask(2, publish, { id: crypto.randomUUID() })).toEqual([1]);
    await listener.cancel();
  });

  it("nor while the first call is under way", async () => {
    const own = new TestRing();
    await own.grow(NODES);
    const relayed = await relaysOf(own);
    const id = crypto.randomUUID();
    const calls = [1, 2, 1, 2].map((node) => own.ask(node, [["PUBLISH", "news", "hello"]], { id }));
    expect(await Promise.all(calls)).toEqual([[0], [0], [0], [0]]);
    expect(relayed.count).toBe(NODES - 1);
  });
});

it("who may only read changes nothing at all nodes either", async () => {
  const key = keyOf(1);
  await ring.one(0, "SET", key, "x");
  const readOnly = { id: crypto.randomUUID(), mayWrite: false };
  expect(await ring.ask(2, [["FLUSHALL"]], readOnly)).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/^NOPERM/) }),
  ]);
  expect(await ring.one(0, "GET", key)).toBe("x");
});

it("a condition changes nothing", async () => {
  const [key, counter] = [keyOf(0), keyOf(0)];
  const onlyIf = { reads: encodeCommands([["INCR", counter]]), replies: new TextEncoder().encode(":1\r\n") };
  expect(await ring.ask(2, [["SET", key, "x"]], { id: crypto.randomUUID(), onlyIf })).toEqual([]);
  expect(
    await ring.ask(2, [
      ["EXISTS", key],
      ["EXISTS", counter],
    ]),
  ).toEqual([0, 0]);
});

it("a session in which watching fails is ended", async () => {
  const own = new TestRing();
  await own.grow(NODES);
  let ended = 0;
  await own.interfere(NODES, async (_from, _to, method, call) => {
    if (method !== "openSession") return call();
    return {
      execute: () => Promise.reject(new Error("the node died")),
      [Symbol.dispose]: () => void ended++,
    };
  });
  await expect(
    own.ask(2, [
      ["WATCH", keyOf(0)],
      ["GET", keyOf(1)],
    ]),
  ).rejects.toThrow("the node died");
  expect(ended).toBe(1);
});

it.each([
  ["below the limit are passed on together", -1, 1],
  ["at the limit are passed on together", 0, 1],
  ["above the limit are passed on one after the other", 1, 2],
])("commands with bytes %s", async (_, beyond, calls) => {
  const own = new TestRing();
  await own.grow(NODES);
  const relayed = await relaysOf(own);
  const [a, b] = [keyOf(0), keyOf(0)];
  const words = ["SET", a, "SET", b].join("").length;
  const half = Math.floor((BATCH_MAX_BYTES - words) / 2);
  const values = ["a".repeat(half), "b".repeat(BATCH_MAX_BYTES - words - half + beyond)] as const;
  // With a command for every node it is taken apart.
  const commands = [["SET", a, values[0]], ["SET", b, values[1]], ["DBSIZE"]];
  expect(await own.ask(2, commands)).toEqual(["OK", "OK", 2]);
  // DBSIZE asks the two other nodes.
  expect(relayed.count).toBe(calls + NODES - 1);
  expect(
    await own.ask(2, [
      ["STRLEN", a],
      ["STRLEN", b],
    ]),
  ).toEqual(values.map(({ length }) => length));
});

it("publishes once on a node that is alone, however often a call is repeated", async () => {
  const alone = new TestRing();
  const listener = (await alone.node(0).listen(encodeCommands([["SUBSCRIBE", "news"]]))).getReader();
  const publish = (text: string, id: string) => alone.ask(0, [["PUBLISH", "news", text]], { id });
  for (let attempt = 0; attempt < 3; attempt++) expect(await publish("once", "a call")).toEqual([1]);
  expect(await publish("last", "another call")).toEqual([1]);
  let heard = "";
  while (!heard.includes("last")) heard += new TextDecoder().decode((await listener.read()).value);
  expect(heard.match(/once/g)).toHaveLength(1);
  await listener.cancel();
});
