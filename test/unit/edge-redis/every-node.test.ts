import { beforeEach, expect, it } from "vitest";
import { askEveryNode } from "../../../durable-objects/edge-redis/ring/every-node.ts";

const client = { reply: { version: 2 as const }, database: 0 };

/** The ring as the asking node sees it, and which nodes were asked. */
let ring: { nodes: number; members: number };
let asked: number[];
let whileAsking: () => void;
beforeEach(() => {
  ring = { nodes: 2, members: 3 };
  asked = [];
  whileAsking = () => undefined;
});

/** Each node has one key. */
async function dbSize(): Promise<string> {
  const execute = async (node: number) => {
    asked.push(node);
    whileAsking();
    return [":1\r\n"];
  };
  return askEveryNode({ ring, relay: { execute } }, client, ["DBSIZE"]);
}

it("asks the new node after all others while the ring grows", async () => {
  expect(await dbSize()).toBe(":3\r\n");
  expect(asked).toEqual([0, 1, 2]);
});

it("asks a node that was new when it began, though the ring has grown meanwhile", async () => {
  whileAsking = () => (ring = Object.assign(ring, { nodes: 3, members: 3 }));
  expect(await dbSize()).toBe(":3\r\n");
  expect(asked).toEqual([0, 1, 2]);
});

it("asks nodes that come while it asks", async () => {
  ring = { nodes: 1, members: 1 };
  whileAsking = () => Object.assign(ring, { nodes: 2, members: Math.max(ring.members, 3) });
  expect(await dbSize()).toBe(":3\r\n");
  expect(asked).toEqual([0, 1, 2]);
});

it.each(["-1", "1.5", "-9223372036854775808", "x", "99999999999999999999"])(
  "asks no node that is none for the cursor %s",
  async (cursor) => {
    const execute = async (node: number) => {
      asked.push(node);
      return ["-ERR invalid cursor\r\n"];
    };
    await askEveryNode({ ring, relay: { execute } }, client, ["SCAN", cursor]);
    expect(asked.filter((node) => !(Number.isInteger(node) && node >= 0 && node < ring.members))).toEqual([]);
  },
);
