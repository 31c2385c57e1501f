/** A command's no, as Redis words it: a code in capitals, and what is wrong. */
export class RedisReplyError extends Error {
  override readonly name = "RedisReplyError";

  /** `WRONGTYPE`, `ERR` and the like. */
  get code(): string {
    return this.message.split(" ", 1)[0] as string;
  }
}

/** What a command answers in RESP2. Nothing there is `null`, and an error is a value like the others. */
export type Reply<Bulk = string> = Bulk | string | number | null | RedisReplyError | Reply<Bulk>[];

const utf8 = new TextDecoder();
const CRLF_BYTES = 2;
const [CR] = new TextEncoder().encode("\r");

/**
 * All replies of a pipeline, in the order of its commands.
 * @param bytes RESP2, complete.
 * @param readBulk makes something of a bulk string's bytes, which need not be text; UTF-8 unless told.
 * @throws TypeError for what is no RESP2.
 */
export function parseReplies(bytes: Uint8Array): Reply[];
export function parseReplies<Bulk>(bytes: Uint8Array, readBulk: (bytes: Uint8Array) => Bulk): Reply<Bulk>[];
export function parseReplies<Bulk>(
  bytes: Uint8Array,
  readBulk?: (bytes: Uint8Array) => Bulk,
): Reply<Bulk | string>[] {
  const reader = new ReplyReader<Bulk | string>(bytes, readBulk ?? ((bulk) => utf8.decode(bulk)));
  const replies: Reply<Bulk | string>[] = [];
  while (!reader.isAtEnd) replies.push(reader.next());
  return replies;
}

/**
 * The replies that have arrived whole, and the bytes of the one that has not.
 * @throws TypeError for what is no RESP2.
 */
export function parseArrived<Bulk>(
  bytes: Uint8Array,
  readBulk: (bytes: Uint8Array) => Bulk,
): { replies: Reply<Bulk>[]; rest: Uint8Array } {
  const reader = new ReplyReader<Bulk>(bytes, readBulk);
  const replies: Reply<Bulk>[] = [];
  let end = 0;
  try {
    while (!reader.isAtEnd) {
      replies.push(reader.next());
      end = reader.position;
    }
  } catch (error) {
    if (!(error instanceof BrokenOff)) throw error;
  }
  return { replies, rest: bytes.subarray(end) };
}

/** There is less than a whole reply. */
class BrokenOff extends TypeError {
  constructor() {
    super("A reply breaks off");
  }
}

class ReplyReader<Bulk> {
  readonly #bytes: Uint8Array;
  readonly #readBulk: (bytes: Uint8Array) => Bulk;
  #position = 0;

  constructor(bytes: Uint8Array, readBulk: (bytes: Uint8Array) => Bulk) {
    this.#bytes = bytes;
    this.#readBulk = readBulk;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** Where the next reply begins. */
  get position(): number {
    return this.#position;
  }

  next(): Reply<Bulk> {
    const line = this.#line();
    const rest = line.slice(1);
    switch (line[0]) {
      case "+":
        return rest;
      case "-":
        return new RedisReplyError(rest);
      case ":":
        return Number(rest);
      case "$":
        return this.#bulk(Number(rest));
      case "*":
        return this.#array(Number(rest));
      default:
        throw new TypeError(`A reply cannot begin with ${JSON.stringify(line.slice(0, 1))}`);
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(CR as number, this.#position);
    if (end < 0 || end + CRLF_BYTES > this.#bytes.length) throw new BrokenOff();
    const line = utf8.decode(this.#bytes.subarray(this.#position, end));
    this.#position = end + CRLF_BYTES;
    return line;
  }

  #bulk(length: number): Bulk | null {
    if (length < 0) return null;
    const end = this.#position + length;
    if (end + CRLF_BYTES > this.#bytes.length) throw new BrokenOff();
    const bulk = this.#readBulk(this.#bytes.subarray(this.#position, end));
    this.#position = end + CRLF_BYTES;
    return bulk;
  }

  #array(length: number): Reply<Bulk>[] | null {
    if (length < 0) return null;
    const elements: Reply<Bulk>[] = [];
    for (let index = 0; index < length; index++) elements.push(this.next());
    return elements;
  }
}
