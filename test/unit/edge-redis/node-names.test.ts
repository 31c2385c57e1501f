import { expect, it } from "vitest";
import {
  nodeNameOf,
  nodeOfKey,
  NODES_MAX,
  readNodeName,
  readNodes,
} from "../../../workers/shared/redis/ring.ts";

it.each([
  [undefined, 1],
  ["", 1],
  ["1", 1],
  [String(NODES_MAX), NODES_MAX],
  ["0", null],
  [String(NODES_MAX + 1), null],
  ["-1", null],
  ["1.5", null],
  ["1e1", null],
  ["many", null],
])("%j says that there are to be %j nodes", (text, nodes) => {
  expect(readNodes(text)).toBe(nodes);
});

it.each([
  ["0", { ring: "", number: 0 }],
  ["63", { ring: "", number: 63 }],
  ["shop/12", { ring: "shop/", number: 12 }],
  ["shop", { ring: "shop", number: 0 }],
  ["", { ring: "", number: 0 }],
])("the name %j is that of %j", (name, node) => {
  expect(readNodeName(name)).toEqual(node);
});

it("finds the node of a key in characters where the nodes find it in bytes", () => {
  const bytesOf = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
  for (let index = 0; index < 100; index++) {
    for (const key of [`价格:${index}`, `{租户${index}}:x`, `plain:${index}`, `{🛒${index}`])
      expect(nodeNameOf(key, 7)).toBe(String(nodeOfKey(bytesOf(key), 7)));
  }
  expect(Number(nodeNameOf("x".repeat(1_000_000), 7))).toBeLessThan(7);
});
