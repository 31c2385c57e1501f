import type { Database } from "../engine/database.ts";
import { isInteger } from "../engine/numbers.ts";
import type { Value } from "../engine/values.ts";
import { fromBytes } from "../resp/bytes.ts";
import { Crc64, crc64 } from "./crc64.ts";
import { LENGTHS, MARKS, RDB_VERSION, SPECIAL, TYPES } from "./format.ts";

const byte = (value: number): string => String.fromCharCode(value & 255);

/** A number in so many bytes, the lowest first. */
function littleEndian(value: number, bytes: number): string {
  let text = "";
  for (let at = 0; at < bytes; at++) text += byte(value >>> (at * 8));
  return text;
}

function eightBytes(write: (view: DataView) => void): string {
  const bytes = new Uint8Array(8);
  write(new DataView(bytes.buffer));
  return fromBytes(bytes);
}

function length(value: number): string {
  if (value < 1 << 6) return byte(value);
  if (value < 1 << 14) return byte((LENGTHS.bits14 << 6) | (value >>> 8)) + byte(value);
  return byte(LENGTHS.bits32) + byte(value >>> 24) + byte(value >>> 16) + byte(value >>> 8) + byte(value);
}

/** An integer has no more characters than this when it fits into 32 bits. */
const INT32_MAX_CHARS = 11;

function string(text: string): string {
  if (text.length <= INT32_MAX_CHARS && isInteger(text)) {
    const value = Number(text);
    const special = (kind: number, bytes: number) =>
      byte((LENGTHS.special << 6) | kind) + littleEndian(value, bytes);
    if (value === (value << 24) >> 24) return special(SPECIAL.int8, 1);
    if (value === (value << 16) >> 16) return special(SPECIAL.int16, 2);
    if (value === (value | 0)) return special(SPECIAL.int32, 4);
  }
  return length(text.length) + text;
}

const strings = (texts: readonly string[]): string => texts.map(string).join("");

/** A value without its type. */
function body(value: Value): string {
  switch (value.type) {
    case "string":
      return string(value.bytes);
    case "list":
      return length(value.items.length) + strings(value.items.toArray());
    case "set":
      return length(value.members.size) + strings([...value.members.keys()]);
    case "hash":
      return length(value.fields.size) + strings([...value.fields.entries()].flat());
    case "zset": {
      const entries = [...value.order];
      const pairs = entries.map(
        ({ member, score }) => string(member) + eightBytes((view) => view.setFloat64(0, score, true)),
      );
      return length(entries.length) + pairs.join("");
    }
  }
}

/** What DUMP returns: a value as it would stand in a file, the version, and a checksum of both. */
export function dump(value: Value): string {
  const payload = byte(TYPES[value.type]) + body(value) + littleEndian(RDB_VERSION, 2);
  return payload + crc64(payload);
}

/** Everything as an RDB file of Redis 7.0, in pieces. */
export function* rdbFile(databases: readonly Database[]): Generator<string> {
  const crc = new Crc64();
  const summed = (piece: string): string => {
    crc.update(piece);
    return piece;
  };
  yield summed(`REDIS${String(RDB_VERSION).padStart(4, "0")}`);
  for (const database of databases) {
    if (database.size > 0) yield summed(byte(MARKS.selectDatabase) + length(database.index));
    for (const [key, value, expiresAt] of database.entries()) {
      const expiry =
        expiresAt === undefined
          ? ""
          : byte(MARKS.expiry) + eightBytes((view) => view.setBigInt64(0, BigInt(expiresAt), true));
      yield summed(expiry + byte(TYPES[value.type]) + string(key) + body(value));
    }
  }
  yield summed(byte(MARKS.end));
  yield crc.toBytes();
}
