import { type Call, type Command, countedKeys, storedCountedKeys } from "../engine/command.ts";
import { RedisError, syntaxError, wrongType } from "../engine/errors.ts";
import { INTEGER_MAX, toDouble, toInteger, toIntegerIn } from "../engine/numbers.ts";
import { Dictionary } from "../engine/dictionary.ts";
import { compareScored } from "../engine/sorted-list.ts";
import { newSortedSet, setScore } from "../engine/values.ts";
import { answerEntries } from "./sorted-set-ranges.ts";

type Operation = "union" | "inter" | "diff";
type Aggregate = (a: number, b: number) => number;
type Scores = Map<string, number>;

const AGGREGATES: Record<string, Aggregate> = {
  // Infinities that cancel each other out count as nothing.
  SUM: (a, b) => a + b || 0,
  MIN: Math.min,
  MAX: Math.max,
};

/** A sorted set, or a set whose members have 1 each; and what its scores count. */
interface Source {
  members: Pick<Dictionary<unknown>, "size" | "keys">;
  scoreOf: (member: string) => number | undefined;
  weight: number;
}

interface Request {
  sources: Source[];
  aggregate: Aggregate;
  withScores: boolean;
}

/** Nothing is copied: the same key may be named a million times. */
function sourceAt(call: Call, key: string): Source {
  const value = call.database.get(key);
  if (value?.type === "zset")
    return { members: value.scores, scoreOf: (member) => value.scores.get(member), weight: 1 };
  if (value && value.type !== "set") throw wrongType();
  const members = value?.members ?? new Dictionary<true>();
  return { members, scoreOf: (member) => (members.has(member) ? 1 : undefined), weight: 1 };
}

/** What a source says of a member, weighed; undefined where it does not have it. */
function scoreIn({ scoreOf, weight }: Source, member: string): number | undefined {
  const score = scoreOf(member);
  if (score === undefined) return undefined;
  const weighed = score * weight;
  // Nothing times infinity counts as nothing.
  return Number.isNaN(weighed) ? 0 : weighed;
}

function readKeys(call: Call, countAt: number): { keys: string[]; next: number } {
  const count = toInteger(call.arg(countAt));
  if (count < 1)
    throw new RedisError(`ERR at least 1 input key is needed for '${call.command.name}' command`);
  const next = countAt + 1 + count;
  if (next > call.args.length) throw syntaxError();
  return { keys: call.args.slice(countAt + 1, next), next };
}

function readRequest(call: Call, countAt: number, operation: Operation, stores: boolean): Request {
  const { keys, next } = readKeys(call, countAt);
  const sources = keys.map((key) => sourceAt(call, key));
  let aggregate = AGGREGATES["SUM"] as Aggregate;
  let withScores = false;
  for (let at = next; at < call.args.length; at++) {
    const option = call.option(at);
    if (option === "WEIGHTS" && operation !== "diff" && at + keys.length < call.args.length) {
      const complaint = () => new RedisError("ERR weight value is not a float");
      for (const [index, source] of sources.entries())
        source.weight = toDouble(call.arg(at + 1 + index), complaint);
      at += keys.length;
    } else if (option === "AGGREGATE" && operation !== "diff") {
      const known = AGGREGATES[call.option(++at) ?? ""];
      if (!known) throw syntaxError();
      aggregate = known;
    } else if (option === "WITHSCORES" && !stores) withScores = true;
    else throw syntaxError();
  }
  return { sources, aggregate, withScores };
}

function combine(operation: Operation, { sources, aggregate }: Request): Scores {
  const result: Scores = new Map();
  const [first, ...others] = sources;
  if (!first) return result;
  for (const member of first.members.keys()) result.set(member, scoreIn(first, member) as number);
  for (const other of others) {
    if (operation === "union") {
      for (const member of other.members.keys()) {
        const [known, theirs] = [result.get(member), scoreIn(other, member) as number];
        result.set(member, known === undefined ? theirs : aggregate(known, theirs));
      }
      continue;
    }
    if (result.size === 0) break;
    for (const [member, score] of result) {
      const theirs = scoreIn(other, member);
      if ((theirs === undefined) === (operation === "inter")) result.delete(member);
      else if (theirs !== undefined) result.set(member, aggregate(score, theirs));
    }
  }
  return result;
}

const answer =
  (operation: Operation) =>
  (call: Call): void => {
    const request = readRequest(call, 1, operation, false);
    const entries = [...combine(operation, request)].map(([member, score]) => ({ member, score }));
    answerEntries(call, entries.sort(compareScored), request.withScores);
  };

const store =
  (operation: Operation) =>
  (call: Call): void => {
    const { database, reply } = call;
    const target = call.arg(1);
    const result = combine(operation, readRequest(call, 2, operation, true));
    if (result.size === 0) database.delete(target);
    else {
      const sorted = newSortedSet();
      for (const [member, score] of result) setScore(sorted, member, score);
      database.set(target, sorted);
    }
    reply.integer(result.size);
  };

function countIntersection(call: Call): void {
  const { keys, next } = readKeys(call, 1);
  const sources = keys.map((key) => sourceAt(call, key));
  let limit = Number.POSITIVE_INFINITY;
  for (let at = next; at < call.args.length; at += 2) {
    if (call.option(at) !== "LIMIT") throw syntaxError();
    const complaint = () => new RedisError("ERR LIMIT can't be negative");
    limit = toIntegerIn(call.arg(at + 1), 0, INTEGER_MAX, complaint) || Number.POSITIVE_INFINITY;
  }
  const request = { sources, aggregate: Math.max, withScores: false };
  call.reply.integer(Math.min(limit, combine("inter", request).size));
}

const group = "sorted_set";
const read = { flags: ["readonly", "movablekeys"] as const, keys: countedKeys(1), group, arity: -3 };
const write = {
  flags: ["write", "denyoom", "movablekeys"] as const,
  keys: storedCountedKeys,
  group,
  arity: -4,
};

export const SORTED_SET_COMBINATIONS: Command[] = [
  { ...read, name: "zunion", run: answer("union") },
  { ...read, name: "zinter", run: answer("inter") },
  { ...read, name: "zdiff", run: answer("diff") },
  { ...write, name: "zunionstore", run: store("union") },
  { ...write, name: "zinterstore", run: store("inter") },
  { ...write, name: "zdiffstore", run: store("diff") },
  { ...read, name: "zintercard", run: countIntersection },
];
