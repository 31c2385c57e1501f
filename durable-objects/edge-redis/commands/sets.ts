import { ALL_KEYS, type Call, type Command, countedKeys, ONE_KEY, TWO_KEYS } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { INTEGER_MAX, toIntegerIn } from "../engine/numbers.ts";
import { addMember, newSet, type SetValue } from "../engine/values.ts";
import { readCountedKeys } from "./blocking-options.ts";
import { readSampleCount, sampleOf } from "./sampling.ts";
import { scanValue } from "./scanning.ts";

const setAt = (call: Call, key = call.arg(1)): SetValue | undefined => call.database.getAs(key, "set");

function add(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  let set = setAt(call);
  if (!set) database.set(key, (set = newSet()));
  let added = 0;
  for (const member of call.args.slice(2)) if (addMember(set, member)) added++;
  if (added > 0) database.touch(key);
  reply.integer(added);
}

function removeMembers(call: Call, key: string, set: SetValue, members: readonly string[]): number {
  const removed = members.filter((member) => set.members.delete(member)).length;
  if (removed > 0) {
    if (set.members.size === 0) call.database.delete(key);
    else call.database.touch(key);
  }
  return removed;
}

function remove(call: Call): void {
  const set = setAt(call);
  call.reply.integer(set ? removeMembers(call, call.arg(1), set, call.args.slice(2)) : 0);
}

function move(call: Call): void {
  const { database, reply } = call;
  const [source, target, member] = [call.arg(1), call.arg(2), call.arg(3)];
  const from = setAt(call, source);
  if (!from) return reply.integer(0);
  const known = setAt(call, target);
  if (!from.members.has(member)) return reply.integer(0);
  if (source === target) return reply.integer(1);
  removeMembers(call, source, from, [member]);
  const to = known ?? newSet();
  if (!known) database.set(target, to);
  if (addMember(to, member)) database.touch(target);
  reply.integer(1);
}

function isMember(call: Call): void {
  call.reply.flag(setAt(call)?.members.has(call.arg(2)) ?? false);
}

function areMembers(call: Call): void {
  const set = setAt(call);
  const members = call.args.slice(2);
  call.reply.array(members.length);
  for (const member of members) call.reply.flag(set?.members.has(member) ?? false);
}

function members(call: Call): void {
  answerSet(call, [...(setAt(call)?.members.keys() ?? [])]);
}

function answerSet({ reply }: Call, values: readonly string[]): void {
  reply.set(values.length);
  for (const value of values) reply.bulk(value);
}

function popRandom(call: Call): void {
  const { reply } = call;
  const key = call.arg(1);
  if (call.args.length > 3) throw syntaxError();
  const hasCount = call.args.length === 3;
  const complaint = () => new RedisError("ERR value is out of range, must be positive");
  const count = hasCount ? toIntegerIn(call.arg(2), 0, Number.POSITIVE_INFINITY, complaint) : 1;
  const set = setAt(call);
  const popped = set ? sampleOf(set.members, count) : [];
  if (set) removeMembers(call, key, set, popped);
  // Which ones it were is chance: the log says it.
  call.logAs(["SREM", key, ...popped]);
  if (hasCount) answerSet(call, popped);
  else reply.bulkOrNull(popped[0]);
}

function randomMembers(call: Call): void {
  const set = setAt(call);
  if (call.args.length === 2) return call.reply.bulkOrNull(set?.members.randomKey());
  if (call.args.length > 3) throw syntaxError();
  const count = readSampleCount(call.arg(2), false);
  call.reply.bulks(set ? sampleOf(set.members, count) : []);
}

type Combine = (call: Call, keys: readonly string[]) => Set<string>;

const setsAt = (call: Call, keys: readonly string[]): (SetValue | undefined)[] =>
  keys.map((key) => setAt(call, key));

const union: Combine = (call, keys) => {
  const all = new Set<string>();
  for (const set of new Set(setsAt(call, keys)))
    for (const member of set?.members.keys() ?? []) all.add(member);
  return all;
};

const difference: Combine = (call, keys) => {
  const [first, ...rest] = setsAt(call, keys);
  const others = [...new Set(rest)];
  const left = new Set<string>();
  for (const member of first?.members.keys() ?? []) {
    if (!others.some((other) => other?.members.has(member))) left.add(member);
  }
  return left;
};

const intersection: Combine = (call, keys) => intersect(call, keys, Number.POSITIVE_INFINITY);

/** Goes through the smallest set, and stops when enough are found. */
function intersect(call: Call, keys: readonly string[], limit: number): Set<string> {
  const common = new Set<string>();
  const sets = [...new Set(setsAt(call, keys))];
  const [smallest, ...others] = sets
    .filter((set) => set !== undefined)
    .sort((a, b) => a.members.size - b.members.size);
  if (!smallest || others.length + 1 < sets.length) return common;
  for (const member of smallest.members.keys()) {
    if (!others.every((other) => other.members.has(member))) continue;
    common.add(member);
    if (common.size >= limit) break;
  }
  return common;
}

const answer =
  (combine: Combine) =>
  (call: Call): void =>
    answerSet(call, [...combine(call, call.args.slice(1))]);

const store =
  (combine: Combine) =>
  (call: Call): void => {
    const { database, reply } = call;
    const target = call.arg(1);
    const result = combine(call, call.args.slice(2));
    if (result.size === 0) database.delete(target);
    else {
      const set = newSet();
      for (const member of result) addMember(set, member);
      database.set(target, set);
    }
    reply.integer(result.size);
  };

function countIntersection(call: Call): void {
  const { keys, next } = readCountedKeys(
    call,
    1,
    () => new RedisError("ERR Number of keys can't be greater than number of args"),
  );
  let limit = Number.POSITIVE_INFINITY;
  for (let at = next; at < call.args.length; at += 2) {
    if (call.option(at) !== "LIMIT") throw syntaxError();
    const complaint = () => new RedisError("ERR LIMIT can't be negative");
    limit = toIntegerIn(call.arg(at + 1), 0, INTEGER_MAX, complaint) || Number.POSITIVE_INFINITY;
  }
  call.reply.integer(intersect(call, keys, limit).size);
}

function scan(call: Call): void {
  const set = setAt(call);
  scanValue(call, set?.members, set?.isCompact ?? false, (member) => [member]);
}

const write = ["write", "denyoom"] as const;
const read = ["readonly", "fast"] as const;
const shared = { keys: ONE_KEY, group: "set" };
const all = { keys: ALL_KEYS, group: "set" };

export const SET_COMMANDS: Command[] = [
  { ...shared, name: "sadd", arity: -3, flags: ["write", "denyoom", "fast"], run: add },
  { ...shared, name: "srem", arity: -3, flags: ["write", "fast"], run: remove },
  { ...shared, name: "smove", arity: 4, flags: ["write", "fast"], keys: TWO_KEYS, run: move },
  { ...shared, name: "sismember", arity: 3, flags: read, run: isMember },
  { ...shared, name: "smismember", arity: -3, flags: read, run: areMembers },
  {
    ...shared,
    name: "scard",
    arity: 2,
    flags: read,
    run: (call) => call.reply.integer(setAt(call)?.members.size ?? 0),
  },
  { ...shared, name: "smembers", arity: 2, flags: ["readonly"], run: members },
  { ...shared, name: "spop", arity: -2, flags: ["write", "fast"], run: popRandom },
  { ...shared, name: "srandmember", arity: -2, flags: ["readonly"], run: randomMembers },
  { ...all, name: "sunion", arity: -2, flags: ["readonly"], run: answer(union) },
  { ...all, name: "sinter", arity: -2, flags: ["readonly"], run: answer(intersection) },
  { ...all, name: "sdiff", arity: -2, flags: ["readonly"], run: answer(difference) },
  { ...all, name: "sunionstore", arity: -3, flags: write, run: store(union) },
  { ...all, name: "sinterstore", arity: -3, flags: write, run: store(intersection) },
  { ...all, name: "sdiffstore", arity: -3, flags: write, run: store(difference) },
  {
    ...shared,
    name: "sintercard",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    keys: countedKeys(1),
    run: countIntersection,
  },
  { ...shared, name: "sscan", arity: -3, flags: ["readonly"], run: scan },
];
