import { fromBytes } from "./bytes.ts";
import { splitArguments } from "./split-arguments.ts";

/**
 * Longest argument in bytes. Redis takes 512 MB unless told otherwise; here a Worker's memory has to hold it a few
 * times, and a call between nodes, which takes 32 MiB.
 */
export const BULK_MAX_BYTES = 16 * 1024 * 1024;
/** All arguments of a command together, for the same reason. */
export const COMMAND_MAX_BYTES = 24 * 1024 * 1024;
/** Most arguments of one command, as in Redis. */
export const ARGUMENTS_MAX = 1024 * 1024;

/** How much a command may have. */
interface Limits {
  bulkBytes: number;
  commandBytes: number;
  arguments: number;
}

const CLIENTS_LIMITS: Limits = {
  bulkBytes: BULK_MAX_BYTES,
  commandBytes: COMMAND_MAX_BYTES,
  arguments: ARGUMENTS_MAX,
};

/**
 * Of what nodes have written themselves: a command's effects may have more arguments than it had itself, and what
 * is in a log has to be read whatever the limits were when it was written.
 */
export const NO_LIMITS: Limits = { bulkBytes: Infinity, commandBytes: Infinity, arguments: Infinity };

/** The same for who has not said the password yet, as in Redis. */
export const UNAUTHENTICATED_BULK_MAX_BYTES = 16 * 1024;
export const UNAUTHENTICATED_ARGUMENTS_MAX = 10;
/** Longest inline command, and longest line with a length, in bytes. */
export const INLINE_MAX_BYTES = 64 * 1024;

/** What a client sent cannot be understood; the connection is of no more use. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

const CR = "\r\n";

/**
 * Takes commands out of a stream of bytes, however it is cut into chunks. Holds only bytes that have
 * arrived: what a length merely claims costs nothing.
 */
export class RequestParser {
  /** What has arrived and is not understood yet, from `#position` on. */
  #text = "";
  #position = 0;
  /** Chunks of an argument that is still on its way, joined when it is complete. */
  #parts: string[] = [];
  #partsLength = 0;
  /** The command that is being read: how many arguments are missing, and those that are there. */
  #missing = 0;
  #arguments: string[] = [];
  /** Length of the argument that is being read; -1 while its length is not known. */
  #bulkLength = -1;
  /** Of the arguments so far, and of the one that is being read. */
  #commandBytes = 0;
  readonly #isAuthenticated: () => boolean;
  readonly #limits: Limits;

  /** @param isAuthenticated whether whoever sends has said the password, or need not. */
  constructor(isAuthenticated: () => boolean = () => true, limits = CLIENTS_LIMITS) {
    this.#isAuthenticated = isAuthenticated;
    this.#limits = limits;
  }

  /** Bytes that have arrived and are not part of a command yet that was taken out. */
  get waitingBytes(): number {
    return this.#text.length - this.#position + this.#partsLength;
  }

  push(chunk: Uint8Array): void {
    const text = fromBytes(chunk);
    const waiting = this.#text.length - this.#position;
    // A long argument arrives in many chunks: copying what is there with each of them would be quadratic.
    if (this.#bulkLength >= 0 && waiting + this.#partsLength + text.length < this.#bulkLength + CR.length) {
      this.#parts.push(text);
      this.#partsLength += text.length;
      return;
    }
    const rest = this.#text.slice(this.#position);
    this.#text = this.#parts.length > 0 ? [rest, ...this.#parts, text].join("") : rest + text;
    this.#position = 0;
    this.#parts = [];
    this.#partsLength = 0;
  }

  /**
   * The next whole command; null when it has not arrived yet. Empty lines are no commands.
   * @throws ProtocolError
   */
  next(): string[] | null {
    for (;;) {
      if (this.#missing === 0) {
        const command = this.#begin();
        if (command === null || command.length > 0) return command;
        if (this.#missing === 0) continue;
      }
      if (!this.#readArguments()) return null;
      const command = this.#arguments;
      this.#arguments = [];
      return command;
    }
  }

  /** An inline command, an empty list when an array begins or a line was empty, or null to wait. */
  #begin(): string[] | null {
    if (this.#position >= this.#text.length) return null;
    return this.#text[this.#position] === "*" ? this.#beginArray() : this.#readInline();
  }

  #beginArray(): string[] | null {
    const line = this.#readLine("too big mbulk count string");
    if (line === null) return null;
    const count = readLength(line.slice(1));
    if (count === null || count > this.#limits.arguments) throw new ProtocolError("invalid multibulk length");
    if (count > UNAUTHENTICATED_ARGUMENTS_MAX && !this.#isAuthenticated())
      throw new ProtocolError("unauthenticated multibulk length");
    this.#missing = Math.max(0, count);
    this.#commandBytes = 0;
    return [];
  }

  #readInline(): string[] | null {
    const end = this.#text.indexOf("\n", this.#position);
    if (end < 0) {
      if (this.#text.length - this.#position > INLINE_MAX_BYTES)
        throw new ProtocolError("too big inline request");
      return null;
    }
    if (end - this.#position > INLINE_MAX_BYTES) throw new ProtocolError("too big inline request");
    const line = this.#text.slice(this.#position, this.#text[end - 1] === "\r" ? end - 1 : end);
    this.#position = end + 1;
    const words = splitArguments(line);
    if (words === null) throw new ProtocolError("unbalanced quotes in request");
    return words;
  }

  #readArguments(): boolean {
    while (this.#missing > 0) {
      if (this.#bulkLength < 0 && !this.#readBulkLength()) return false;
      const end = this.#position + this.#bulkLength;
      if (this.#text.length < end + CR.length) return false;
      this.#arguments.push(this.#text.slice(this.#position, end));
      this.#position = end + CR.length;
      this.#bulkLength = -1;
      this.#missing--;
    }
    return true;
  }

  #readBulkLength(): boolean {
    const line = this.#readLine("too big bulk count string");
    if (line === null) return false;
    if (line[0] !== "$") throw new ProtocolError(`expected '$', got '${line[0] ?? "\r"}'`);
    const length = readLength(line.slice(1));
    if (length === null || length < 0 || length > this.#limits.bulkBytes)
      throw new ProtocolError("invalid bulk length");
    if (length > UNAUTHENTICATED_BULK_MAX_BYTES && !this.#isAuthenticated())
      throw new ProtocolError("unauthenticated bulk length");
    this.#commandBytes += length;
    if (this.#commandBytes > this.#limits.commandBytes) throw new ProtocolError("too big command");
    this.#bulkLength = length;
    return true;
  }

  /** A line without its end; null when it has not arrived. */
  #readLine(tooLong: string): string | null {
    const end = this.#text.indexOf(CR, this.#position);
    if (
      end < 0
        ? this.#text.length - this.#position > INLINE_MAX_BYTES
        : end - this.#position > INLINE_MAX_BYTES
    ) {
      throw new ProtocolError(tooLong);
    }
    if (end < 0) return null;
    const line = this.#text.slice(this.#position, end);
    this.#position = end + CR.length;
    return line;
  }
}

const LENGTH = /^-?(0|[1-9]\d{0,17})$/;

function readLength(text: string): number | null {
  return LENGTH.test(text) ? Number(text) : null;
}

/** Whole commands in RESP. */
export function commandsIn(bytes: Uint8Array): string[][] {
  const parser = new RequestParser(undefined, NO_LIMITS);
  parser.push(bytes);
  const commands: string[][] = [];
  for (let command = parser.next(); command !== null; command = parser.next()) commands.push(command);
  return commands;
}
