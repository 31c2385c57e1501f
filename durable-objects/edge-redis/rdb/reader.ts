import { addMember, newHash, newList, newSet, newSortedSet, newString } from "../engine/values.ts";
import { setField, setScore, sizeOf, type Value } from "../engine/values.ts";
import { parseDouble } from "../engine/numbers.ts";
import { BULK_MAX_BYTES } from "../resp/request-parser.ts";
import { BadFormat, ByteReader } from "./byte-reader.ts";
import { crc64 } from "./crc64.ts";
import { LENGTHS, PIECES, RDB_VERSION, SPECIAL, TYPES } from "./format.ts";
import { unpackLzf } from "./lzf.ts";
import { readIntset, readListpack } from "./packed.ts";

const VERSION_BYTES = 2;
const CRC_BYTES = 8;
const FOOTER_BYTES = VERSION_BYTES + CRC_BYTES;

/** Whether DUMP's version is one that can be understood, and its checksum right. */
export function isIntact(payload: string): boolean {
  if (payload.length < FOOTER_BYTES) return false;
  const version = new ByteReader(payload.slice(-FOOTER_BYTES)).unsigned(VERSION_BYTES);
  return version <= RDB_VERSION && crc64(payload.slice(0, -CRC_BYTES)) === payload.slice(-CRC_BYTES);
}

/** The value in what DUMP returned; null when it cannot be understood, or means nothing. */
export function undump(payload: string): Value | null {
  const reader = new ByteReader(payload.slice(0, -FOOTER_BYTES));
  try {
    const value = readValue(reader, reader.byte());
    return reader.isAtEnd && (value.type === "string" || sizeOf(value) > 0) ? value : null;
  } catch (error) {
    if (error instanceof BadFormat) return null;
    throw error;
  }
}

function readValue(reader: ByteReader, type: number): Value {
  switch (type) {
    case TYPES.string:
      return newString(readString(reader));
    case TYPES.list:
      return newList(readStrings(reader, 1));
    case TYPES.quicklist:
      return newList(readQuicklist(reader));
    case TYPES.set:
      return setOf(readStrings(reader, 1));
    case TYPES.intset:
      return setOf(readIntset(readString(reader)));
    case TYPES.hash:
      return hashOf(readStrings(reader, 2));
    case TYPES.packedHash:
      return hashOf(readListpack(readString(reader)));
    case TYPES.zset:
      return readSortedSet(reader);
    case TYPES.packedZset:
      return sortedSetOf(readListpack(readString(reader)));
    default:
      throw new BadFormat();
  }
}

/** A length, or as a negative number the kind of special string that follows instead. */
function readLength(reader: ByteReader): number {
  const first = reader.byte();
  switch (first >>> 6) {
    case LENGTHS.bits6:
      return first & 63;
    case LENGTHS.bits14:
      return ((first & 63) << 8) | reader.byte();
    case LENGTHS.special:
      return -1 - (first & 63);
  }
  if (first === LENGTHS.bits32) return reader.view(4).getUint32(0);
  if (first === LENGTHS.bits64) return Number(reader.view(8).getBigUint64(0));
  throw new BadFormat();
}

function readCount(reader: ByteReader): number {
  const count = readLength(reader);
  if (count < 0) throw new BadFormat();
  return count;
}

function readString(reader: ByteReader): string {
  const length = readLength(reader);
  if (length >= 0) return reader.take(length);
  switch (-1 - length) {
    case SPECIAL.int8:
      return String(reader.integer(1));
    case SPECIAL.int16:
      return String(reader.integer(2));
    case SPECIAL.int32:
      return String(reader.integer(4));
    case SPECIAL.compressed:
      return readCompressed(reader);
    default:
      throw new BadFormat();
  }
}

/** What LZF can make of a byte at most: a claim of more is none. */
const LZF_RATIO_MAX = 264;

function readCompressed(reader: ByteReader): string {
  const packedLength = readCount(reader);
  const length = readCount(reader);
  const packed = reader.take(packedLength);
  if (length > Math.min(packedLength * LZF_RATIO_MAX, BULK_MAX_BYTES)) throw new BadFormat();
  const text = unpackLzf(packed, length);
  if (text === null) throw new BadFormat();
  return text;
}

function readStrings(reader: ByteReader, perEntry: number): string[] {
  const strings: string[] = [];
  for (let left = readCount(reader) * perEntry; left > 0; left--) strings.push(readString(reader));
  return strings;
}

function readQuicklist(reader: ByteReader): string[] {
  const items: string[] = [];
  for (let left = readCount(reader); left > 0; left--) {
    const kind = readCount(reader);
    const piece = readString(reader);
    if (kind === PIECES.plain) items.push(piece);
    else if (kind === PIECES.packed) for (const item of readListpack(piece)) items.push(item);
    else throw new BadFormat();
  }
  return items;
}

function setOf(members: readonly string[]): Value {
  const set = newSet();
  for (const member of members) if (!addMember(set, member)) throw new BadFormat();
  return set;
}

function hashOf(fieldsAndValues: readonly string[]): Value {
  if (fieldsAndValues.length % 2 !== 0) throw new BadFormat();
  const hash = newHash();
  for (let at = 0; at < fieldsAndValues.length; at += 2) {
    const isNew = setField(hash, fieldsAndValues[at] as string, fieldsAndValues[at + 1] as string);
    if (!isNew) throw new BadFormat();
  }
  return hash;
}

function readSortedSet(reader: ByteReader): Value {
  const sorted = newSortedSet();
  for (let left = readCount(reader); left > 0; left--) {
    const member = readString(reader);
    const score = reader.view(8).getFloat64(0, true);
    if (Number.isNaN(score) || !setScore(sorted, member, score)) throw new BadFormat();
  }
  return sorted;
}

function sortedSetOf(membersAndScores: readonly string[]): Value {
  if (membersAndScores.length % 2 !== 0) throw new BadFormat();
  const sorted = newSortedSet();
  for (let at = 0; at < membersAndScores.length; at += 2) {
    const score = parseDouble(membersAndScores[at + 1] as string);
    if (score === null || !setScore(sorted, membersAndScores[at] as string, score)) throw new BadFormat();
  }
  return sorted;
}
