import { type Reply, RedisReplyError } from "../../shared/redis/replies.ts";

/** One command's outcome on the wire. */
export type RestResult = { result: unknown } | { error: string };

/** How bytes that need not be text are written into JSON. */
export type Encoding = "text" | "base64";

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/** Where a reply is no success, its error. */
export function toRestResult(reply: Reply<Uint8Array>, encoding: Encoding): RestResult {
  if (reply instanceof RedisReplyError) return { error: reply.message };
  // Clients take this one as it is, and every other string for base64.
  if (reply === "OK") return { result: "OK" };
  return { result: toJson(reply, encoding) };
}

function toJson(reply: Reply<Uint8Array>, encoding: Encoding): unknown {
  if (reply === null || typeof reply === "number") return reply;
  if (Array.isArray(reply)) return reply.map((element) => toJson(element, encoding));
  const text = reply instanceof RedisReplyError ? reply.message : reply;
  if (typeof text === "string") return encoding === "text" ? text : toBase64(encoder.encode(text));
  return encoding === "text" ? utf8.decode(text) : toBase64(text);
}

/** Bytes that `btoa` gets at a time: arguments of a call are limited. */
const CHUNK_BYTES = 8 * 1024;

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES)
    binary += String.fromCharCode(...bytes.subarray(from, from + CHUNK_BYTES));
  return btoa(binary);
}
