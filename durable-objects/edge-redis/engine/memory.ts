import type { Database } from "./database.ts";
import type { Value } from "./values.ts";

/** What V8 needs besides the bytes themselves, as measured with heaps of a million: bytes. */
const TEXT_BYTES = 20;
const SLOT_BYTES = 112;
const REFERENCE_BYTES = 8;
const SCORED_BYTES = 40;
const EMPTY_BYTES = 1024 * 1024;

const textBytes = (text: string): number => TEXT_BYTES + text.length;

/** About how much of the heap a value takes, in bytes. */
function valueBytes(value: Value): number {
  let bytes = SLOT_BYTES;
  switch (value.type) {
    case "string":
      return bytes + textBytes(value.bytes);
    case "list":
      for (const item of value.items.toArray()) bytes += REFERENCE_BYTES + textBytes(item);
      return bytes;
    case "hash":
      for (const [field, text] of value.fields.entries())
        bytes += SLOT_BYTES + textBytes(field) + textBytes(text);
      return bytes;
    case "set":
      for (const member of value.members.keys()) bytes += SLOT_BYTES + textBytes(member);
      return bytes;
    case "zset":
      for (const { member } of value.order) bytes += SLOT_BYTES + SCORED_BYTES + textBytes(member);
      return bytes;
  }
}

/** About how much a key and its value take, in bytes. */
export const bytesOf = (key: string, value: Value): number => SLOT_BYTES + textBytes(key) + valueBytes(value);

/** How often everything is measured at most: this apart, and one more for so many bytes. Milliseconds. */
const PAUSE_MIN_MS = 100;
const PAUSE_BYTES_PER_MS = 100_000;

/**
 * How much the data takes, and whether that is too much. Nobody says what a heap is used for, so everything is
 * measured now and then; between two measurements, whatever was written counts as more.
 */
export class MemoryGauge {
  /** 0 for no limit. */
  maxBytes = 0;
  readonly #databases: readonly Database[];
  #measured = EMPTY_BYTES;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #written = 0;

  constructor(databases: readonly Database[]) {
    this.#databases = databases;
  }

  limit(bytes: number): void {
    this.maxBytes = bytes;
    this.#measuredAt = Number.NEGATIVE_INFINITY;
  }

  /** So many bytes were written. */
  note(bytes: number): void {
    this.#written += bytes;
  }

  /** @param now epoch milliseconds. */
  usedBytes(now: number): number {
    const pause = Math.max(PAUSE_MIN_MS, this.#measured / PAUSE_BYTES_PER_MS);
    if (this.#written > 0 && now - this.#measuredAt >= pause) this.#measure(now);
    return this.#measured + this.#written;
  }

  /** @param now epoch milliseconds. */
  isFull(now: number): boolean {
    return this.maxBytes > 0 && this.usedBytes(now) > this.maxBytes;
  }

  #measure(now: number): void {
    let bytes = EMPTY_BYTES;
    for (const database of this.#databases) {
      for (const [key, value] of database.entries()) bytes += bytesOf(key, value);
    }
    this.#measured = bytes;
    this.#measuredAt = now;
    this.#written = 0;
  }
}
