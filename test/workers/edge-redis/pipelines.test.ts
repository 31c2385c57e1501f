import { beforeAll, describe, expect, it } from "vitest";
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
