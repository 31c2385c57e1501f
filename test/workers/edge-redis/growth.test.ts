import { describe, expect, it } from "vitest";
import { encodeCommands } from "../../../workers/shared/redis/encode.ts";
import { type Interference, outcomeOf, repeat, TestRing } from "./nodes.ts";

const KEYS = Array.from({ length: 24 }, (_, index) => `key:${index}`);

it("spreads keys of all types, with their databases and expiries", async () => {
  const ring = new TestRing();
  await ring.ask(0, [
    ...KEYS.map((key) => ["SET", key, `value of ${key}`]),
    ["SELECT", 15],
    ...KEYS.flatMap((key) => [
      ["RPUSH", `list:${key}`, "a", "b", key],
      ["HSET", `hash:${key}`, "field", key],
      ["SADD", `set:${key}`, 1, key],
      ["ZADD", `sorted:${key}`, 1.5, key, "-inf", "n"],
      ["SET", `soon:${key}`, "x", "PXAT", 4_000_000_000_000],
      ["SET", `past:${key}`, "x", "PX", 1],
    ]),
  ]);
  await ring.grow(4);
  await ring.expectInPlace(4, KEYS);
  for (let node = 0; node < 5; node++) {
    for (const key of KEYS) {
      expect(
        await ring.ask(node, [
          ["GET", key],
          ["SELECT", 15],
          ["LRANGE", `list:${key}`, 0, -1],
          ["HGETALL", `hash:${key}`],
          ["SMISMEMBER", `set:${key}`, 1, key, "other"],
          ["ZRANGE", `sorted:${key}`, 0, -1, "WITHSCORES"],
          ["PEXPIRETIME", `soon:${key}`],
          ["PEXPIRETIME", `list:${key}`],
          ["EXISTS", `past:${key}`],
        ]),
      ).toEqual([
        ...[`value of ${key}`, "OK", ["a", "b", key], ["field", key], [1, 1, 0], ["n", "-inf", key, "1.5"]],
        ...[4_000_000_000_000, -1, 0],
      ]);
    }
  }
});

it("keeps keys with one tag on one node, in commands with several of them too", async () => {
  const ring = new TestRing();
  await ring.grow(5);
  for (const tag of KEYS) {
    expect(
      await ring.ask(3, [
        ["MSET", `{${tag}}a`, 1, `{${tag}}b`, 2],
        ["SUNIONSTORE", `{${tag}}c`, `{${tag}}d`],
        ["MGET", `{${tag}}a`, `{${tag}}b`],
      ]),
    ).toEqual(["OK", 0, ["1", "2"]]);
  }
});

it("does not shrink, and has a largest size", async () => {
  const ring = new TestRing();
  await ring.grow(3);
  const messages = async (...nodes: unknown[]) =>
    Promise.all(nodes.map(async (node) => String(await ring.one(1, "RING", "GROW", node as number))));
  expect(await messages(2, 65, "many")).toEqual([
    "RedisReplyError: ERR a ring does not shrink: there are 3 nodes, or about to be",
    "RedisReplyError: ERR a ring has at most 64 nodes",
    "RedisReplyError: ERR value is not an integer or out of range",
  ]);
  expect(await ring.one(1, "RING", "STATUS")).toEqual(["nodes", 3, "goal", 3, "growing", 0, "percent", 100]);
  // Whichever node is asked to grow, node 0 does it.
  expect(await ring.one(2, "RING", "GROW", 4)).toBe("OK");
  await ring.grow(4);
});

it("has nothing of a gift that fails halfway, however often it is taken", async () => {
  const ring = new TestRing();
  await ring.node(1).beginGrowth(1);
  const gift = { nodes: 1, source: 0, from: 0, below: 1, attempt: 1 };
  const piece = encodeCommands([["RPUSH", "list", "a"], ["NO-SUCH-COMMAND"]]);
  await ring.node(1).receive({ ...gift, parts: 0 }, piece);
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await outcomeOf(ring.node(1).take({ ...gift, parts: 1 }))).toBeNull();
    expect(await repeat(() => ring.keysByNode(2))).toEqual([[], []]);
  }
});

/** What a writer did, as far as it was told. */
interface Model {
  counters: Map<string, number>;
  lists: Map<string, string[]>;
}

/** Counts and appends at random nodes until told to stop; what fails is repeated under its name. */
async function write(ring: TestRing, nodes: number, writer: number, isOver: () => boolean): Promise<Model> {
  const model: Model = { counters: new Map(), lists: new Map() };
  for (let round = 0; !isOver() || round < KEYS.length; round++) {
    const key = `${writer}:${KEYS[round % KEYS.length]}`;
    const value = String(round);
    const id = crypto.randomUUID();
    const commands = [["INCR", key], ["RPUSH", `list:${key}`, value], ["PING"]];
    await repeat(() => ring.ask(Math.floor(Math.random() * nodes), commands, { id }));
    model.counters.set(key, (model.counters.get(key) ?? 0) + 1);
    model.lists.set(`list:${key}`, [...(model.lists.get(`list:${key}`) ?? []), value]);
  }
  return model;
}

/** Grows the ring while writers write, and looks whether everything is there once. */
async function growWhileInUse(ring: TestRing, from: number, to: number): Promise<void> {
  let isOver = false;
  const writers = [0, 1].map((writer) => write(ring, to, writer, () => isOver));
  await ring.grow(to);
  isOver = true;
  const models = await Promise.all(writers);
  const keys: string[] = [];
  for (const { counters, lists } of models) {
    keys.push(...counters.keys(), ...lists.keys());
    const counted = await ring.ask(
      0,
      [...counters.keys()].map((key) => ["GET", key]),
    );
    expect(counted).toEqual([...counters.values()].map(String));
    const listed = await ring.ask(
      from,
      [...lists.keys()].map((key) => ["LRANGE", key, 0, -1]),
    );
    expect(listed).toEqual([...lists.values()]);
  }
  const found = (await ring.keysByNode(to)).flat();
  expect(found.toSorted()).toEqual([...new Set(found)].toSorted());
  expect(found).toEqual(expect.arrayContaining(keys));
}

type Crash = (from: Parameters<Interference>[0], to: Parameters<Interference>[1]) => DurableObjectState;
const CALLS = new Set(["beginGrowth", "give", "receive", "learn", "take", "endGrowth"]);

/** The nth call between nodes is where it happens: before it arrives, or after it was done and before it is answered. */
function crashAt(position: number, whose: Crash): { interference: Interference; happened: () => boolean } {
  let at = 0;
  let happened = false;
  const crash = (state: DurableObjectState) => {
    happened = true;
    state.abort("a crash in a test");
    throw new Error("a crash in a test");
  };
  const interference: Interference = async (from, to, method, call) => {
    if (!CALLS.has(method)) return call();
    if (at++ === position) crash(whose(from, to));
    const result = await call();
    if (at++ === position) crash(whose(from, to));
    return result;
  };
  return { interference, happened: () => happened };
}

describe.each<[string, Crash]>([
  ["the node that calls", (from) => from.state],
  ["the node that is called", (_, to) => to.state],
])("when %s dies", (_, whose) => {
  it.each([1, 2])(
    "a ring of %i nodes grows without losing or doubling anything, wherever that happens",
    async (from) => {
      for (let position = 0, happens = true; happens; position++) {
        const ring = new TestRing();
        await ring.grow(from);
        // So much that it takes several steps.
        const before = KEYS.slice(0, 8).map((key) => ["SET", `before:${key}`, key.padEnd(100_000)]);
        await ring.ask(0, before);
        const { interference, happened } = crashAt(position, whose);
        await ring.interfere(from + 1, interference);
        await growWhileInUse(ring, from, from + 1);
        happens = happened();

        expect(position > 0 || happens).toBe(true);
      }
    },
    600_000,
  );
});
