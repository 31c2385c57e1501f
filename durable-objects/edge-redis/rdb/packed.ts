import { BadFormat, ByteReader } from "./byte-reader.ts";

/*
 * The two ways in which Redis keeps small collections in one piece of memory, and writes them as they are:
 * listpacks of strings and integers, and intsets.
 */

const END = 0xff;
/** In front of a listpack: its size and how many it holds. Bytes. */
const HEADER_BYTES = 6;

/** @throws BadFormat */
export function readListpack(text: string): string[] {
  const reader = new ByteReader(text);
  if (reader.unsigned(4) !== text.length || text.length <= HEADER_BYTES) throw new BadFormat();
  reader.take(2);
  const entries: string[] = [];
  let left = text.length - HEADER_BYTES;
  for (let first = reader.byte(); first !== END; first = reader.byte()) {
    const { entry, bytes } = readEntry(reader, first);
    const lengthBytes = backLengthBytes(bytes);
    reader.take(lengthBytes);
    left -= bytes + lengthBytes;
    if (left < 1) throw new BadFormat();
    entries.push(entry);
  }
  if (!reader.isAtEnd) throw new BadFormat();
  return entries;
}

/** Integers of fixed sizes, by the byte in front of them. */
const INTEGER_BYTES: Record<number, number> = { 0xf1: 2, 0xf2: 3, 0xf3: 4, 0xf4: 8 };
const LONG_STRING = 0xf0;

function readEntry(reader: ByteReader, first: number): { entry: string; bytes: number } {
  const string = (length: number, head: number) => ({ entry: reader.take(length), bytes: head + length });
  if (first < 0x80) return { entry: String(first), bytes: 1 };
  if (first < 0xc0) return string(first & 0x3f, 1);
  if (first < 0xe0) {
    const value = ((first & 0x1f) << 8) | reader.byte();
    return { entry: String((value << 19) >> 19), bytes: 2 };
  }
  if (first < 0xf0) return string(((first & 0x0f) << 8) | reader.byte(), 2);
  if (first === LONG_STRING) return string(reader.unsigned(4), 5);
  const bytes = INTEGER_BYTES[first];
  if (bytes === undefined) throw new BadFormat();
  return { entry: String(reader.integer(bytes)), bytes: 1 + bytes };
}

/** Behind each entry stands its length, for reading backwards, in groups of seven bits. */
function backLengthBytes(bytes: number): number {
  let groups = 1;
  for (let limit = 1 << 7; bytes >= limit && groups < 5; limit *= 1 << 7) groups++;
  return groups;
}

/** @throws BadFormat */
export function readIntset(text: string): string[] {
  const reader = new ByteReader(text);
  const bytes = reader.unsigned(4);
  const count = reader.unsigned(4);
  if (![2, 4, 8].includes(bytes) || text.length !== 8 + count * bytes) throw new BadFormat();
  return Array.from({ length: count }, () => String(reader.integer(bytes)));
}
