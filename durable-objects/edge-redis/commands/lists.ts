import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { noSuchKey, outOfRange, RedisError, syntaxError } from "../engine/errors.ts";
import { INTEGER_MAX, toInteger, toIntegerIn } from "../engine/numbers.ts";
import { type ListValue, newList } from "../engine/values.ts";
import { LIST_MOVE_COMMANDS, pop, removeIfEmpty, type Side } from "./list-moves.ts";

const listAt = (call: Call): ListValue | undefined => call.database.getAs(call.arg(1), "list");

const push =
  (side: Side, onlyIfThere: boolean) =>
  (call: Call): void => {
    const { database, reply } = call;
    const key = call.arg(1);
    let list = listAt(call);
    if (!list && onlyIfThere) return reply.integer(0);
    if (!list) database.set(key, (list = newList()));
    for (const item of call.args.slice(2)) {
      if (side === "LEFT") list.items.pushLeft(item);
      else list.items.pushRight(item);
    }
    database.touch(key);
    reply.integer(list.items.length);
  };

const popFrom =
  (side: Side) =>
  (call: Call): void => {
    const { reply } = call;
    if (call.args.length > 3)
      throw new RedisError(`ERR wrong number of arguments for '${call.command.name}' command`);
    const hasCount = call.args.length === 3;
    const positive = () => new RedisError("ERR value is out of range, must be positive");
    const count = hasCount ? toIntegerIn(call.arg(2), 0, INTEGER_MAX, positive) : 1;
    const list = listAt(call);
    if (!list) return hasCount ? reply.nullArray() : reply.null();
    const items = pop(call, call.arg(1), list, side, count);
    if (hasCount) reply.bulks(items);
    else reply.bulkOrNull(items[0]);
  };

/** Start and end (without it) of a range whose negative ends count from the back; empty when they cross. */
export function rangeIn(length: number, start: number, end: number): [number, number] {
  const from = Math.max(0, start < 0 ? start + length : start);
  const to = Math.min(length, (end < 0 ? end + length : end) + 1);
  return from < to ? [from, to] : [0, 0];
}

function range(call: Call): void {
  const [start, end] = [call.integer(2), call.integer(3)];
  const list = listAt(call);
  const [from, to] = rangeIn(list?.items.length ?? 0, start, end);
  call.reply.bulks(list?.items.slice(from, to) ?? []);
}

function trim(call: Call): void {
  const [start, end] = [call.integer(2), call.integer(3)];
  const list = listAt(call);
  if (list) {
    list.items.replace(list.items.slice(...rangeIn(list.items.length, start, end)));
    call.database.touch(call.arg(1));
    removeIfEmpty(call, call.arg(1), list);
  }
  call.reply.ok();
}

function index(call: Call): void {
  const list = listAt(call);
  if (!list) return call.reply.null();
  const at = call.integer(2);
  call.reply.bulkOrNull(list.items.at(at < 0 ? at + list.items.length : at));
}

function setItem(call: Call): void {
  const list = listAt(call);
  if (!list) throw noSuchKey();
  const given = call.integer(2);
  const at = given < 0 ? given + list.items.length : given;
  if (at < 0 || at >= list.items.length) throw outOfRange();
  list.items.set(at, call.arg(3));
  call.database.touch(call.arg(1));
  call.reply.ok();
}

function insert(call: Call): void {
  const where = call.option(2);
  if (where !== "BEFORE" && where !== "AFTER") throw syntaxError();
  const list = listAt(call);
  if (!list) return call.reply.integer(0);
  const items = list.items.toArray();
  const pivot = items.indexOf(call.arg(3));
  if (pivot < 0) return call.reply.integer(-1);
  items.splice(where === "BEFORE" ? pivot : pivot + 1, 0, call.arg(4));
  list.items.replace(items);
  call.database.touch(call.arg(1));
  call.reply.integer(items.length);
}

function remove(call: Call): void {
  const count = call.integer(2);
  const list = listAt(call);
  if (!list) return call.reply.integer(0);
  const wanted = call.arg(3);
  const items = list.items.toArray();
  if (count < 0) items.reverse();
  let left = count === 0 ? items.length : Math.abs(count);
  const kept = items.filter((item) => item !== wanted || left-- <= 0);
  const removed = items.length - kept.length;
  if (count < 0) kept.reverse();
  if (removed > 0) {
    list.items.replace(kept);
    call.database.touch(call.arg(1));
    removeIfEmpty(call, call.arg(1), list);
  }
  call.reply.integer(removed);
}

interface PositionOptions {
  rank: number;
  count: number | null;
  maxLength: number;
}

function readPositionOptions(call: Call): PositionOptions {
  const options: PositionOptions = { rank: 1, count: null, maxLength: 0 };
  for (let at = 3; at < call.args.length; at += 2) {
    const value = call.args[at + 1];
    if (value === undefined) throw syntaxError();
    const notNegative = (name: string) =>
      toIntegerIn(value, 0, INTEGER_MAX, () => new RedisError(`ERR ${name} can't be negative`));
    switch (call.option(at)) {
      case "RANK":
        options.rank = readRank(value);
        break;
      case "COUNT":
        options.count = notNegative("COUNT");
        break;
      case "MAXLEN":
        options.maxLength = notNegative("MAXLEN");
        break;
      default:
        throw syntaxError();
    }
  }
  return options;
}

function readRank(text: string): number {
  if (text === "-9223372036854775808")
    throw new RedisError(
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
  const rank = toInteger(text);
  if (rank !== 0) return rank;
  throw new RedisError(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
  );
}

function positions(call: Call): void {
  const { rank, count, maxLength } = readPositionOptions(call);
  const wanted = call.arg(2);
  const items = listAt(call)?.items;
  const length = items?.length ?? 0;
  const looked = maxLength > 0 ? Math.min(maxLength, length) : length;
  const found: number[] = [];
  const most = count === null ? 1 : count === 0 ? length : count;
  let toSkip = Math.abs(rank) - 1;
  for (let step = 0; step < looked && found.length < most; step++) {
    const at = rank > 0 ? step : length - 1 - step;
    if (items?.at(at) === wanted && toSkip-- <= 0) found.push(at);
  }
  if (count === null) {
    if (found[0] === undefined) call.reply.null();
    else call.reply.integer(found[0]);
    return;
  }
  call.reply.array(found.length);
  for (const at of found) call.reply.integer(at);
}

const write = ["write", "denyoom", "fast"] as const;
const shared = { keys: ONE_KEY, group: "list" };

export const LIST_COMMANDS: Command[] = [
  { ...shared, name: "lpush", arity: -3, flags: write, run: push("LEFT", false) },
  { ...shared, name: "rpush", arity: -3, flags: write, run: push("RIGHT", false) },
  { ...shared, name: "lpushx", arity: -3, flags: write, run: push("LEFT", true) },
  { ...shared, name: "rpushx", arity: -3, flags: write, run: push("RIGHT", true) },
  { ...shared, name: "lpop", arity: -2, flags: ["write", "fast"], run: popFrom("LEFT") },
  { ...shared, name: "rpop", arity: -2, flags: ["write", "fast"], run: popFrom("RIGHT") },
  {
    ...shared,
    name: "llen",
    arity: 2,
    flags: ["readonly", "fast"],
    run: (call) => call.reply.integer(listAt(call)?.items.length ?? 0),
  },
  { ...shared, name: "lrange", arity: 4, flags: ["readonly"], run: range },
  { ...shared, name: "ltrim", arity: 4, flags: ["write"], run: trim },
  { ...shared, name: "lindex", arity: 3, flags: ["readonly"], run: index },
  { ...shared, name: "lset", arity: 4, flags: ["write", "denyoom"], run: setItem },
  { ...shared, name: "linsert", arity: 5, flags: ["write", "denyoom"], run: insert },
  { ...shared, name: "lrem", arity: 4, flags: ["write"], run: remove },
  { ...shared, name: "lpos", arity: -3, flags: ["readonly"], run: positions },
  ...LIST_MOVE_COMMANDS,
];
