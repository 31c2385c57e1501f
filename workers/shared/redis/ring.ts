import { hash32, ringOf } from "../hash-ring.ts";

/*
 * Which node of Edge Redis has a key. Keys are given as the nodes see them: one character per byte.
 */

/** Most nodes of a ring: the cursor of SCAN has room for so many. */
export const NODES_MAX = 64;

/** Points of the ring's circle: hashes are below this. */
export const CIRCLE = 2 ** 32;

/**
 * The part of a key that decides about its node: what stands in the first `{…}`, if there is anything in it,
 * else all of the key. Keys with the same tag are always together (Redis Cluster's hash tags).
 */
export function hashTagOf(key: string): string {
  const open = key.indexOf("{");
  if (open < 0) return key;
  const close = key.indexOf("}", open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

/** Where a key stands on the circle, below CIRCLE. */
export const hashOfKey = (key: string): number => hash32(hashTagOf(key));

/** The node that has a key on a ring of so many nodes that does not grow at the moment. */
export const nodeOfKey = (key: string, nodes: number): number => ringOf(nodes).ownerOf(hashOfKey(key));

/** Nodes are configured as text: their number, from 1 to NODES_MAX; one unless told. Null for anything else. */
export function readNodes(text: string | undefined): number | null {
  if (!text) return 1;
  const nodes = Number(text);
  return /^\d+$/.test(text) && nodes >= 1 && nodes <= NODES_MAX ? nodes : null;
}

const utf8 = new TextEncoder();
/** A key as the nodes see it. */
const asBytes = (key: string): string =>
  Array.from(utf8.encode(hashTagOf(key)), (byte) => String.fromCharCode(byte)).join("");

/** The name of the node to ask for a key, given as text; another one would pass it on. */
export const nodeNameOf = (key: string, nodes: number): string => String(nodeOfKey(asBytes(key), nodes));

/**
 * The names of a ring's nodes are its own, which may be empty, with their numbers behind it. A name without
 * a number is that of a ring, and of its node 0.
 */
export function readNodeName(name: string): { ring: string; number: number } {
  const digits = /\d+$/.exec(name)?.[0] ?? "";
  return { ring: name.slice(0, name.length - digits.length), number: Number(digits) };
}
