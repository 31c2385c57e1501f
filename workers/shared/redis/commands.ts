import type { Argument } from "./encode.ts";
import { RedisReplyError, type Reply } from "./replies.ts";

/** A command as a value: what is sent, where to, and what becomes of the reply. */
export interface Command<Result> {
  args: readonly Argument[];
  /** Says which node it goes to. Other keys of the command have to be on the same: `{…}` sees to that. */
  key: string;
  /** @throws RedisReplyError, or TypeError for a reply that this command never gives. */
  read: (reply: Reply) => Result;
}

/**
 * Any command at all, for what has no function below.
 * @param key the one that decides about the node; the first argument unless told.
 */
export function command(args: readonly Argument[], key = String(args[1] ?? "")): Command<Reply> {
  return { args, key, read: orThrow };
}

const typed = <Result>(args: readonly Argument[], read: (reply: Reply) => Result): Command<Result> => ({
  args,
  key: String(args[1]),
  read: (reply) => read(orThrow(reply)),
});

export interface SetOptions {
  /** Ends at this moment, epoch milliseconds. */
  expiresAt?: number;
  /** Only if there is nothing, or only if there is something. */
  only?: "NX" | "XX";
}

/** The text at `key`, null when there is nothing. */
export const get = (key: string) => typed(["GET", key], textOrNull);

/** Stores a text. False when the condition does not hold. */
export const set = (key: string, value: Argument, { expiresAt, only }: SetOptions = {}) =>
  typed(
    ["SET", key, value, ...(only ? [only] : []), ...(expiresAt === undefined ? [] : ["PXAT", expiresAt])],
    (reply) => reply === "OK",
  );

/** Removes a key; says whether it was there. */
export const del = (key: string) => typed(["DEL", key], flag);

/** Adds 1; answers the sum. */
export const incr = (key: string) => typed(["INCR", key], integer);

/** Subtracts 1; answers the difference. */
export const decr = (key: string) => typed(["DECR", key], integer);

/** Ends a key in so many milliseconds; with `NX` only if it has no end yet. */
export const pexpire = (key: string, ms: number, only?: "NX") =>
  typed(["PEXPIRE", key, ms, ...(only ? [only] : [])], flag);

/** When the key ends, epoch milliseconds; negative when it never does, or is not there. */
export const pexpiretime = (key: string) => typed(["PEXPIRETIME", key], integer);

/** Sets fields of a hash; answers how many are new. */
export const hset = (key: string, fields: Readonly<Record<string, Argument>>) =>
  typed(["HSET", key, ...Object.entries(fields).flat()], integer);

/** The values of these fields in their order, null where there is none. */
export const hmget = (key: string, fields: readonly string[]) =>
  typed(["HMGET", key, ...fields], textsOrNulls);

/** Removes fields of a hash; answers how many were there. */
export const hdel = (key: string, fields: readonly string[]) => typed(["HDEL", key, ...fields], integer);

/** Ends a key at a moment, epoch milliseconds; says whether it is there. */
export const pexpireat = (key: string, at: number) => typed(["PEXPIREAT", key, at], flag);

/** Adds members with their scores, or moves them; answers how many are new. */
export const zadd = (key: string, members: readonly (readonly [member: string, score: number])[]) =>
  typed(["ZADD", key, ...members.flatMap(([member, score]) => [score, member])], integer);

/** Adds to a member's score; answers the sum. */
export const zincrby = (key: string, amount: number, member: string) =>
  typed(["ZINCRBY", key, amount, member], score);

/** Scores of these members in their order, null where there is none. */
export const zmscore = (key: string, members: readonly string[]) =>
  typed(["ZMSCORE", key, ...members], (reply) =>
    list(reply).map((element) => (element === null ? null : score(element))),
  );

/** Removes members; answers how many were there. */
export const zrem = (key: string, members: readonly string[]) => typed(["ZREM", key, ...members], integer);

/** Removes all members but so many with the highest scores; answers how many. */
export const zkeepHighest = (key: string, count: number) =>
  typed(["ZREMRANGEBYRANK", key, 0, -(count + 1)], integer);

/** A range of scores, from one bound to the other; a bound is a number, or one with `(` before it, exclusive. */
export interface ScoreRange {
  min: number | `(${number}`;
  max: number | `(${number}`;
  /** The highest first. */
  reverse?: boolean;
  limit: number;
}

/** Members with a score in the range, and their scores, in order. */
export const zrange = (key: string, { min, max, reverse = false, limit }: ScoreRange) =>
  typed(
    [
      ...(["ZRANGE", key] as const),
      ...(reverse ? [max, min] : [min, max]),
      ...["BYSCORE", ...(reverse ? ["REV"] : []), "LIMIT", 0, limit, "WITHSCORES"],
    ],
    (reply) => {
      const flat = list(reply);
      return Array.from({ length: flat.length / 2 }, (_, i): [member: string, score: number] => [
        text(flat[2 * i] as Reply),
        score(flat[2 * i + 1] as Reply),
      ]);
    },
  );

function orThrow(reply: Reply): Reply {
  if (reply instanceof RedisReplyError) throw reply;
  return reply;
}

function integer(reply: Reply): number {
  if (typeof reply === "number") return reply;
  throw unexpected(reply);
}

const flag = (reply: Reply): boolean => integer(reply) === 1;

function text(reply: Reply): string {
  if (typeof reply === "string") return reply;
  throw unexpected(reply);
}

const textOrNull = (reply: Reply): string | null => (reply === null ? null : text(reply));

function list(reply: Reply): Reply[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(reply);
}

const textsOrNulls = (reply: Reply): (string | null)[] => list(reply).map(textOrNull);

function score(reply: Reply): number {
  const words = text(reply);
  if (words === "inf") return Infinity;
  return words === "-inf" ? -Infinity : Number(words);
}

const unexpected = (reply: Reply): TypeError =>
  new TypeError(`Redis answered ${JSON.stringify(reply)}, which this command never does`);
