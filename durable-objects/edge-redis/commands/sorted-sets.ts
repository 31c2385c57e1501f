import { type Call, type Command, ONE_KEY, TWO_KEYS } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { formatDouble, toDouble, toInteger } from "../engine/numbers.ts";
import { newSortedSet, removeScored, setScore, type SortedSetValue } from "../engine/values.ts";
import { readSampleCount, sampleOf } from "./sampling.ts";
import { scanValue } from "./scanning.ts";
import { SORTED_SET_COMBINATIONS } from "./sorted-set-combinations.ts";
import { SORTED_SET_POPS } from "./sorted-set-pops.ts";
import {
  answerEntries,
  entriesIn,
  type RangeKind,
  type RangeRequest,
  readRangeOptions,
  type Span,
  spanBetween,
} from "./sorted-set-ranges.ts";
import { rangeIn } from "./lists.ts";

const sortedAt = (call: Call, key = call.arg(1)): SortedSetValue | undefined =>
  call.database.getAs(key, "zset");

interface AddOptions {
  onlyNew: boolean;
  onlyKnown: boolean;
  onlyGreater: boolean;
  onlyLess: boolean;
  countsChanged: boolean;
  increments: boolean;
}

const ADD_FLAGS: Record<string, keyof AddOptions> = {
  NX: "onlyNew",
  XX: "onlyKnown",
  GT: "onlyGreater",
  LT: "onlyLess",
  CH: "countsChanged",
  INCR: "increments",
};

function readAddOptions(call: Call): { options: AddOptions; next: number } {
  const options: AddOptions = {
    ...{ onlyNew: false, onlyKnown: false, onlyGreater: false },
    ...{ onlyLess: false, countsChanged: false, increments: false },
  };
  let next = 2;
  for (; next < call.args.length; next++) {
    const flag = ADD_FLAGS[call.option(next) as string];
    if (!flag) break;
    options[flag] = true;
  }
  const rest = call.args.length - next;
  if (rest === 0 || rest % 2 !== 0) throw syntaxError();
  const { onlyNew, onlyKnown, onlyGreater, onlyLess, increments } = options;
  if (onlyNew && onlyKnown) throw new RedisError("ERR XX and NX options at the same time are not compatible");
  if ((onlyGreater && onlyLess) || (onlyNew && (onlyGreater || onlyLess))) {
    throw new RedisError("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (increments && rest > 2)
    throw new RedisError("ERR INCR option supports a single increment-element pair");
  return { options, next };
}

/** What became of one member; null when an option said no. */
interface Added {
  isNew: boolean;
  isChanged: boolean;
  score: number;
}

function addOne(sorted: SortedSetValue, member: string, given: number, options: AddOptions): Added | null {
  const before = sorted.scores.get(member);
  if (before === undefined ? options.onlyKnown : options.onlyNew) return null;
  const score = options.increments ? (before ?? 0) + given : given;
  if (Number.isNaN(score)) throw new RedisError("ERR resulting score is not a number (NaN)");
  if (before !== undefined) {
    if ((options.onlyGreater && score <= before) || (options.onlyLess && score >= before)) return null;
  }
  setScore(sorted, member, score);
  return { isNew: before === undefined, isChanged: before !== score, score };
}

function addAll(call: Call, options: AddOptions, pairs: [score: number, member: string][]): (Added | null)[] {
  const { database } = call;
  const key = call.arg(1);
  const known = sortedAt(call);
  if (!known && options.onlyKnown) return pairs.map(() => null);
  const sorted = known ?? newSortedSet();
  const results = pairs.map(([score, member]) => addOne(sorted, member, score, options));
  if (!results.some((result) => result?.isChanged)) return results;
  if (known) database.touch(key);
  else database.set(key, sorted);
  return results;
}

function add(call: Call): void {
  const { reply } = call;
  const { options, next } = readAddOptions(call);
  const pairs: [number, string][] = [];
  for (let at = next; at < call.args.length; at += 2) pairs.push([toDouble(call.arg(at)), call.arg(at + 1)]);
  const results = addAll(call, options, pairs);
  if (options.increments) {
    const [result] = results;
    if (!result) return reply.null();
    call.logAs(["ZADD", call.arg(1), formatDouble(result.score), (pairs[0] as [number, string])[1]]);
    return reply.double(result.score);
  }
  const counts = (result: Added | null) =>
    (options.countsChanged ? result?.isChanged : result?.isNew) === true;
  reply.integer(results.filter(counts).length);
}

function increment(call: Call): void {
  const options: AddOptions = {
    ...{ onlyNew: false, onlyKnown: false, onlyGreater: false },
    ...{ onlyLess: false, countsChanged: false, increments: true },
  };
  const member = call.arg(3);
  const [result] = addAll(call, options, [[toDouble(call.arg(2)), member]]);
  const score = result?.score ?? 0;
  call.logAs(["ZADD", call.arg(1), formatDouble(score), member]);
  call.reply.double(score);
}

function removeAll(call: Call, sorted: SortedSetValue | undefined, members: readonly string[]): number {
  const key = call.arg(1);
  if (!sorted) return 0;
  const removed = members.filter((member) => removeScored(sorted, member)).length;
  if (removed > 0) {
    if (sorted.scores.size === 0) call.database.delete(key);
    else call.database.touch(key);
  }
  return removed;
}

function remove(call: Call): void {
  call.reply.integer(removeAll(call, sortedAt(call), call.args.slice(2)));
}

const removeRange =
  (kind: RangeKind) =>
  (call: Call): void => {
    const [start, end] = [call.arg(2), call.arg(3)];
    const positions = kind === "rank" ? ([toInteger(start), toInteger(end)] as const) : null;
    const span: Span = positions
      ? rangeIn(sortedAt(call)?.scores.size ?? 0, ...positions)
      : spanBetween(() => sortedAt(call), kind === "lex" ? "lex" : "score", start, end);
    const sorted = sortedAt(call);
    const members = sorted?.order.slice(...span).map(({ member }) => member) ?? [];
    call.reply.integer(removeAll(call, sorted, members));
  };

function score(call: Call): void {
  const found = sortedAt(call)?.scores.get(call.arg(2));
  if (found === undefined) call.reply.null();
  else call.reply.double(found);
}

function scores(call: Call): void {
  const sorted = sortedAt(call);
  const members = call.args.slice(2);
  call.reply.array(members.length);
  for (const member of members) {
    const found = sorted?.scores.get(member);
    if (found === undefined) call.reply.null();
    else call.reply.double(found);
  }
}

const rank =
  (reverse: boolean) =>
  (call: Call): void => {
    const sorted = sortedAt(call);
    const member = call.arg(2);
    const found = sorted?.scores.get(member);
    if (!sorted || found === undefined) return call.reply.null();
    const position = sorted.order.rankOf({ member, score: found });
    call.reply.integer(reverse ? sorted.scores.size - 1 - position : position);
  };

const countIn =
  (kind: "score" | "lex") =>
  (call: Call): void => {
    const [from, to] = spanBetween(() => sortedAt(call), kind, call.arg(2), call.arg(3));
    call.reply.integer(to - from);
  };

/** ZRANGE (options from 4 on) and ZRANGESTORE (from 5 on). */
function readRequest(call: Call, optionsAt: number): { request: RangeRequest; withScores: boolean } {
  const { kind, reverse, limit, withScores } = readRangeOptions(call, optionsAt);
  // A count of -1 is as good as no limit, to Redis too.
  if (limit && limit.count !== -1 && kind === null) {
    throw new RedisError(
      "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    );
  }
  if (withScores && kind === "lex") {
    throw new RedisError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  const [start, end] = [call.arg(optionsAt - 2), call.arg(optionsAt - 1)];
  return { request: { kind: kind ?? "rank", reverse, limit, start, end }, withScores };
}

function range(call: Call): void {
  const { request, withScores } = readRequest(call, 4);
  answerEntries(
    call,
    entriesIn(() => sortedAt(call), request),
    withScores,
  );
}

function rangeStore(call: Call): void {
  const { request, withScores } = readRequest(call, 5);
  if (withScores) throw syntaxError();
  const entries = entriesIn(() => sortedAt(call, call.arg(2)), request);
  const target = call.arg(1);
  if (entries.length === 0) call.database.delete(target);
  else {
    const sorted = newSortedSet();
    for (const { member, score: kept } of entries) setScore(sorted, member, kept);
    call.database.set(target, sorted);
  }
  call.reply.integer(entries.length);
}

/** ZREVRANGE, ZRANGEBYSCORE and the like: the kind of range is in the name. */
const olderRange =
  (kind: RangeKind, reverse: boolean) =>
  (call: Call): void => {
    const options = readRangeOptions(call, 4);
    if (options.kind !== null || options.reverse || (options.limit && kind === "rank")) throw syntaxError();
    if (options.withScores && kind === "lex") throw syntaxError();
    const request = { kind, reverse, limit: options.limit, start: call.arg(2), end: call.arg(3) };
    answerEntries(
      call,
      entriesIn(() => sortedAt(call), request),
      options.withScores,
    );
  };

function randomMembers(call: Call): void {
  if (call.args.length === 2) return call.reply.bulkOrNull(sortedAt(call)?.scores.randomKey());
  const withScores = call.option(3) === "WITHSCORES";
  const count = readSampleCount(call.arg(2), withScores);
  if (call.args.length > 4 || (call.args.length === 4 && !withScores)) throw syntaxError();
  const sorted = sortedAt(call);
  const members = sorted ? sampleOf(sorted.scores, count) : [];
  answerEntries(
    call,
    members.map((member) => ({ member, score: sorted?.scores.get(member) ?? 0 })),
    withScores,
  );
}

function scan(call: Call): void {
  const sorted = sortedAt(call);
  scanValue(call, sorted?.scores, sorted?.isCompact ?? false, (member) => [
    member,
    formatDouble(sorted?.scores.get(member) ?? 0),
  ]);
}

const write = ["write", "denyoom", "fast"] as const;
const read = ["readonly", "fast"] as const;
const shared = { keys: ONE_KEY, group: "sorted_set" };

export const SORTED_SET_COMMANDS: Command[] = [
  { ...shared, name: "zadd", arity: -4, flags: write, run: add },
  { ...shared, name: "zincrby", arity: 4, flags: write, run: increment },
  { ...shared, name: "zrem", arity: -3, flags: ["write", "fast"], run: remove },
  { ...shared, name: "zremrangebyrank", arity: 4, flags: ["write"], run: removeRange("rank") },
  { ...shared, name: "zremrangebyscore", arity: 4, flags: ["write"], run: removeRange("score") },
  { ...shared, name: "zremrangebylex", arity: 4, flags: ["write"], run: removeRange("lex") },
  {
    ...shared,
    name: "zcard",
    arity: 2,
    flags: read,
    run: (call) => call.reply.integer(sortedAt(call)?.scores.size ?? 0),
  },
  { ...shared, name: "zscore", arity: 3, flags: read, run: score },
  { ...shared, name: "zmscore", arity: -3, flags: read, run: scores },
  { ...shared, name: "zrank", arity: 3, flags: read, run: rank(false) },
  { ...shared, name: "zrevrank", arity: 3, flags: read, run: rank(true) },
  { ...shared, name: "zcount", arity: 4, flags: read, run: countIn("score") },
  { ...shared, name: "zlexcount", arity: 4, flags: read, run: countIn("lex") },
  { ...shared, name: "zrange", arity: -4, flags: ["readonly"], run: range },
  { ...shared, name: "zrangestore", arity: -5, flags: ["write", "denyoom"], keys: TWO_KEYS, run: rangeStore },
  { ...shared, name: "zrevrange", arity: -4, flags: ["readonly"], run: olderRange("rank", true) },
  { ...shared, name: "zrangebyscore", arity: -4, flags: ["readonly"], run: olderRange("score", false) },
  { ...shared, name: "zrevrangebyscore", arity: -4, flags: ["readonly"], run: olderRange("score", true) },
  { ...shared, name: "zrangebylex", arity: -4, flags: ["readonly"], run: olderRange("lex", false) },
  { ...shared, name: "zrevrangebylex", arity: -4, flags: ["readonly"], run: olderRange("lex", true) },
  { ...shared, name: "zrandmember", arity: -2, flags: ["readonly"], run: randomMembers },
  { ...shared, name: "zscan", arity: -3, flags: ["readonly"], run: scan },
  ...SORTED_SET_POPS,
  ...SORTED_SET_COMBINATIONS,
];
