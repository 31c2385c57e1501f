import { createHash } from "node:crypto";
import type { Database } from "../engine/database.ts";
import { formatDouble } from "../engine/numbers.ts";
import type { Value, ValueType } from "../engine/values.ts";
import { toBytes } from "../resp/bytes.ts";

const DIGEST_BYTES = 20;
/** The numbers by which Redis knows the types of values. */
const TYPE_NUMBERS: Record<ValueType, number> = { string: 0, list: 1, set: 2, zset: 3, hash: 4 };
const EXPIRES = "!!expire!!";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** Twenty bytes that say whether data is the same, computed as DEBUG DIGEST of Redis computes them. */
export class Digest {
  #bytes = new Uint8Array(DIGEST_BYTES);

  /** Adds something whose place among others does not matter. */
  addUnordered(bytes: Uint8Array): void {
    this.#xor(sha1(bytes));
  }

  /** Adds something that comes after what was added before. */
  add(text: string): void {
    this.addUnordered(toBytes(text));
    this.#bytes = new Uint8Array(sha1(this.#bytes));
  }

  addInteger(value: number): void {
    this.add(String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255));
  }

  addDigest(other: Digest): void {
    this.addUnordered(other.#bytes);
  }

  toString(): string {
    return [...this.#bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  #xor(hash: Uint8Array): void {
    for (let at = 0; at < DIGEST_BYTES; at++)
      this.#bytes[at] = (this.#bytes[at] as number) ^ (hash[at] as number);
  }
}

function pairDigest(first: string, second: string): Digest {
  const digest = new Digest();
  digest.add(first);
  digest.add(second);
  return digest;
}

function addValue(digest: Digest, value: Value): void {
  digest.addInteger(TYPE_NUMBERS[value.type]);
  switch (value.type) {
    case "string":
      return digest.add(value.bytes);
    case "list":
      for (const item of value.items.toArray()) digest.add(item);
      return;
    case "set":
      for (const member of value.members.keys()) digest.addUnordered(toBytes(member));
      return;
    case "hash":
      for (const [field, text] of value.fields.entries()) digest.addDigest(pairDigest(field, text));
      return;
    case "zset":
      for (const { member, score } of value.order) digest.addDigest(pairDigest(member, formatDouble(score)));
  }
}

/** Of a value with its expiry; nothing but zeros for a key that is not there. */
export function digestOfValue(database: Database, key: string, digest = new Digest()): Digest {
  const entry = database.peek(key);
  if (!entry) return digest;
  addValue(digest, entry.value);
  if (database.expiryOf(key) !== undefined) digest.addUnordered(toBytes(EXPIRES));
  return digest;
}

/** Of everything, whatever the order in which it came. */
export function digestOfAll(databases: readonly Database[]): Digest {
  const all = new Digest();
  for (const database of databases) {
    if (database.size === 0) continue;
    all.addInteger(database.index);
    for (const key of database.liveKeys()) {
      const digest = new Digest();
      digest.add(key);
      all.addDigest(digestOfValue(database, key, digest));
    }
  }
  return all;
}
