import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeOfKey } from "../../../workers/shared/redis/ring.ts";
import { startTestNode, type TestNode } from "./node.ts";

/** How long the ring may take to grow, and the server to come back, on a busy machine. */
const PATIENCE = { timeout: 200_000, interval: 50 };
const WRITERS = 6;
/** So many that the ring grows in many steps. */
const KEYS_BEFORE = 2_000;
const VALUE = "v".repeat(1_000);

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.stop());

async function status(): Promise<unknown> {
  const client = node.connect();
  const answer = await client.call("RING", "STATUS").catch(() => null);
  client.disconnect();
  return answer;
}

const grown = (nodes: number) => ["nodes", nodes, "goal", nodes, "growing", 0, "percent", 100];

/** What was acknowledged: keys that were set, and what was appended to each list. */
interface Acknowledged {
  keys: string[];
  lists: Map<string, string[]>;
}

/** Writes until it is over, with another connection when one breaks. */
async function write(writer: number, isOver: () => boolean): Promise<Acknowledged> {
  const done: Acknowledged = { keys: [], lists: new Map() };
  for (let connection = 0; !isOver(); connection++) {
    const client = node.connect();
    try {
      for (let round = 0; !isOver(); round++) {
        const name = `${writer}:${connection}:${round}`;
        const list = `list:${writer}:${round % 20}`;
        await client.set(name, name);
        done.keys.push(name);
        await client.rpush(list, name);
        done.lists.set(list, [...(done.lists.get(list) ?? []), name]);
      }
    } catch {
      // What was not answered may be there or not.
    }
    client.disconnect();
  }
  return done;
}

it("grows while clients write and the server is killed, and everything acknowledged is there once", async () => {
  const client = node.connect();
  const before = Array.from({ length: KEYS_BEFORE }, (_, index) => `before:${index}`);
  await client.mset(before.flatMap((key) => [key, VALUE]));
  let isOver = false;
  const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer, () => isOver));
  expect(await client.call("RING", "GROW", "4")).toBe("OK");
  for (const nodes of [2, 3]) {
    await expect
      .poll(async () => Number(((await status()) as unknown[] | null)?.[1] ?? 0), PATIENCE)
      .toBeGreaterThanOrEqual(nodes);
    await node.crashAndRestart();
  }
  await expect.poll(status, PATIENCE).toEqual(grown(4));
  isOver = true;
  const acknowledged = await Promise.all(writers);

  const reader = node.connect();
  const read = async (keys: readonly string[]) => {
    const pipeline = reader.pipeline();
    for (const key of keys) pipeline.get(key);
    return (await pipeline.exec())?.map(([error, value]) => error ?? value);
  };
  expect(await read(before)).toEqual(before.map(() => VALUE));
  for (const { keys, lists } of acknowledged) {
    expect(keys.length).toBeGreaterThan(0);
    expect(await read(keys)).toEqual(keys);
    for (const [list, names] of lists) {
      const found = await reader.lrange(list, 0, -1);
      expect(new Set(found).size).toBe(found.length);
      // Others may be among them, whose acknowledgement got lost.
      const known = new Set(names);
      expect(found.filter((name) => known.has(name))).toEqual(names);
    }
  }
  const all = await reader.keys("*");
  expect(await reader.dbsize()).toBe(all.length);
  const owners = new Set(all.map((key) => nodeOfKey(key, 4)));
  expect(owners).toEqual(new Set([0, 1, 2, 3]));
});
