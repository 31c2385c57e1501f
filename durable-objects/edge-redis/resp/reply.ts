import { RedisError } from "../engine/errors.ts";
import { formatDouble } from "../engine/numbers.ts";

/** The replies to a pipeline that came by a call between objects, which takes 32 MiB: bytes. */
export const REPLY_MAX_BYTES = 24 * 1024 * 1024;

/**
 * Builds replies in the version of the protocol that a client speaks. Texts are bytes (see `bytes.ts`); the
 * caller says how many elements an aggregate has before it writes them.
 */
export class Reply {
  text = "";
  /** A reply that would grow beyond this becomes an error. */
  maxBytes = REPLY_MAX_BYTES;
  /** RESP 2 or 3. */
  version: 2 | 3 = 2;

  ok(): void {
    this.text += "+OK\r\n";
  }

  status(text: string): void {
    this.text += `+${text}\r\n`;
  }

  /** With its code first, such as "ERR syntax error". */
  error(message: string): void {
    this.text += `-${message.replaceAll(/[\r\n]/g, " ")}\r\n`;
  }

  integer(value: number | bigint): void {
    this.text += `:${value}\r\n`;
  }

  flag(value: boolean): void {
    this.text += value ? ":1\r\n" : ":0\r\n";
  }

  /** @throws RedisError when it gets too long */
  bulk(bytes: string): void {
    if (this.text.length + bytes.length > this.maxBytes)
      throw new RedisError(`ERR the reply would be longer than ${this.maxBytes} bytes`);
    this.text += `$${bytes.length}\r\n${bytes}\r\n`;
  }

  bulkOrNull(bytes: string | null | undefined): void {
    if (bytes === null || bytes === undefined) this.null();
    else this.bulk(bytes);
  }

  null(): void {
    this.text += this.version === 3 ? "_\r\n" : "$-1\r\n";
  }

  nullArray(): void {
    this.text += this.version === 3 ? "_\r\n" : "*-1\r\n";
  }

  array(length: number): void {
    this.text += `*${length}\r\n`;
  }

  bulks(values: readonly string[]): void {
    this.array(values.length);
    for (const value of values) this.bulk(value);
  }

  /** @param pairs each a key and a value. */
  map(pairs: number): void {
    this.text += this.version === 3 ? `%${pairs}\r\n` : `*${pairs * 2}\r\n`;
  }

  set(length: number): void {
    this.text += this.version === 3 ? `~${length}\r\n` : `*${length}\r\n`;
  }

  /** What is said about the reply that follows; RESP3 only. @param pairs each a key and a value. */
  attributes(pairs: number): void {
    this.text += `|${pairs}\r\n`;
  }

  /** A message that answers no request. */
  push(length: number): void {
    this.text += this.version === 3 ? `>${length}\r\n` : `*${length}\r\n`;
  }

  double(value: number): void {
    const text = formatDouble(value);
    if (this.version === 3) this.text += `,${text}\r\n`;
    else this.bulk(text);
  }

  boolean(value: boolean): void {
    if (this.version === 3) this.text += value ? "#t\r\n" : "#f\r\n";
    else this.flag(value);
  }

  /** An integer of any size, as its digits. */
  bigNumber(digits: string): void {
    if (this.version === 3) this.text += `(${digits}\r\n`;
    else this.bulk(digits);
  }

  /** Text for people. @param format three letters: plain text unless told. */
  verbatim(bytes: string, format = "txt"): void {
    if (this.version === 3) this.text += `=${bytes.length + 4}\r\n${format}:${bytes}\r\n`;
    else this.bulk(bytes);
  }
}
