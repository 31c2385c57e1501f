import { toBytes } from "../resp/bytes.ts";

/** What was to be read is not there, or is not what it has to be. */
export class BadFormat extends Error {
  override readonly name = "BadFormat";
}

/** Reads numbers and pieces out of bytes; never beyond their end. */
export class ByteReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** @throws BadFormat when fewer are left */
  take(length: number): string {
    if (length > this.#text.length - this.#at) throw new BadFormat();
    this.#at += length;
    return this.#text.slice(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1).charCodeAt(0);
  }

  view(length: number): DataView {
    const bytes = toBytes(this.take(length));
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  /** A signed integer of 1 to 8 bytes, the lowest first. */
  integer(bytes: number): bigint {
    let value = 0n;
    for (let at = 0; at < bytes; at++) value |= BigInt(this.byte()) << BigInt(at * 8);
    return BigInt.asIntN(bytes * 8, value);
  }

  unsigned(bytes: number): number {
    return Number(BigInt.asUintN(bytes * 8, this.integer(bytes)));
  }
}
