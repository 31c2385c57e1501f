import { Buffer } from "node:buffer";

/*
 * Keys and values are bytes. Inside they are strings in which each character is one byte (Latin-1): these are
 * compact, can be compared and be keys of a Map, and turning bytes into them and back is one native call.
 */

export const fromBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

export const toBytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
