import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { notAFloat, RedisError, syntaxError, wrongArity } from "../engine/errors.ts";
import { parseLongDouble } from "../engine/long-double.ts";
import { isInt64, parseDouble, toBigInt } from "../engine/numbers.ts";
import { type HashValue, newHash, setField } from "../engine/values.ts";
import { incremented } from "./increments.ts";
import { readSampleCount, sampleOf } from "./sampling.ts";
import { scanValue } from "./scanning.ts";

const hashAt = (call: Call): HashValue | undefined => call.database.getAs(call.arg(1), "hash");

/** The hash at a key, made where there is none. Call `touch` when it was changed. */
function hashToChange(call: Call): HashValue {
  const known = hashAt(call);
  if (known) return known;
  const hash = newHash();
  call.database.set(call.arg(1), hash);
  return hash;
}

function setFields(call: Call): number {
  if (call.args.length % 2 !== 0) throw wrongArity(call.command.name);
  const hash = hashToChange(call);
  let added = 0;
  for (let at = 2; at < call.args.length; at += 2) {
    if (setField(hash, call.arg(at), call.arg(at + 1))) added++;
  }
  call.database.touch(call.arg(1));
  return added;
}

function set(call: Call): void {
  call.reply.integer(setFields(call));
}

function setMany(call: Call): void {
  setFields(call);
  call.reply.ok();
}

function setIfAbsent(call: Call): void {
  const isNew = !hashAt(call)?.fields.has(call.arg(2));
  if (isNew) {
    setField(hashToChange(call), call.arg(2), call.arg(3));
    call.database.touch(call.arg(1));
  }
  call.reply.flag(isNew);
}

function get(call: Call): void {
  call.reply.bulkOrNull(hashAt(call)?.fields.get(call.arg(2)));
}

function getMany(call: Call): void {
  const hash = hashAt(call);
  const fields = call.args.slice(2);
  call.reply.array(fields.length);
  for (const field of fields) call.reply.bulkOrNull(hash?.fields.get(field));
}

function remove(call: Call): void {
  const hash = hashAt(call);
  const key = call.arg(1);
  const removed = call.args.slice(2).filter((field) => hash?.fields.delete(field)).length;
  if (removed > 0) {
    if (hash?.fields.size === 0) call.database.delete(key);
    else call.database.touch(key);
  }
  call.reply.integer(removed);
}

function incrementInteger(call: Call): void {
  const field = call.arg(2);
  const amount = toBigInt(call.arg(3));
  const before = hashAt(call)?.fields.get(field) ?? "0";
  const sum = toBigInt(before, () => new RedisError("ERR hash value is not an integer")) + amount;
  if (!isInt64(sum)) throw new RedisError("ERR increment or decrement would overflow");
  setField(hashToChange(call), field, String(sum));
  call.database.touch(call.arg(1));
  call.reply.integer(sum);
}

function incrementFloat(call: Call): void {
  const [key, field] = [call.arg(1), call.arg(2)];
  const amount = call.arg(3);
  if (parseDouble(amount) === null && !parseLongDouble(amount)) throw notAFloat();
  if (!parseLongDouble(amount)) throw new RedisError("ERR value is NaN or Infinity");
  const before = hashAt(call)?.fields.get(field) ?? "0";
  const bytes = incremented(before, amount, () => new RedisError("ERR hash value is not a float"));
  setField(hashToChange(call), field, bytes);
  call.database.touch(key);
  call.logAs(["HSET", key, field, bytes]);
  call.reply.bulk(bytes);
}

function getAll(call: Call): void {
  const hash = hashAt(call);
  call.reply.map(hash?.fields.size ?? 0);
  for (const [field, bytes] of hash?.fields.entries() ?? []) {
    call.reply.bulk(field);
    call.reply.bulk(bytes);
  }
}

function getKeys(call: Call): void {
  call.reply.bulks([...(hashAt(call)?.fields.keys() ?? [])]);
}

function getValues(call: Call): void {
  call.reply.bulks([...(hashAt(call)?.fields.entries() ?? [])].map(([, bytes]) => bytes));
}

function randomFields(call: Call): void {
  const { reply } = call;
  if (call.args.length === 2) return reply.bulkOrNull(hashAt(call)?.fields.randomKey());
  const withValues = call.option(3) === "WITHVALUES";
  const count = readSampleCount(call.arg(2), withValues);
  if (call.args.length > 4 || (call.args.length === 4 && !withValues)) throw syntaxError();
  const hash = hashAt(call);
  const fields = hash ? sampleOf(hash.fields, count) : [];
  const inPairs = withValues && reply.version === 3;
  reply.array(withValues && !inPairs ? fields.length * 2 : fields.length);
  for (const field of fields) {
    if (inPairs) reply.array(2);
    reply.bulk(field);
    if (withValues) reply.bulk(hash?.fields.get(field) ?? "");
  }
}

function scan(call: Call): void {
  const hash = hashAt(call);
  scanValue(call, hash?.fields, hash?.isCompact ?? false, (field) => [field, hash?.fields.get(field) ?? ""]);
}

const write = ["write", "denyoom", "fast"] as const;
const read = ["readonly", "fast"] as const;
const shared = { keys: ONE_KEY, group: "hash" };

export const HASH_COMMANDS: Command[] = [
  { ...shared, name: "hset", arity: -4, flags: write, run: set },
  { ...shared, name: "hmset", arity: -4, flags: write, run: setMany },
  { ...shared, name: "hsetnx", arity: 4, flags: write, run: setIfAbsent },
  { ...shared, name: "hget", arity: 3, flags: read, run: get },
  { ...shared, name: "hmget", arity: -3, flags: read, run: getMany },
  { ...shared, name: "hdel", arity: -3, flags: ["write", "fast"], run: remove },
  { ...shared, name: "hincrby", arity: 4, flags: write, run: incrementInteger },
  { ...shared, name: "hincrbyfloat", arity: 4, flags: write, run: incrementFloat },
  { ...shared, name: "hgetall", arity: 2, flags: ["readonly"], run: getAll },
  { ...shared, name: "hkeys", arity: 2, flags: ["readonly"], run: getKeys },
  { ...shared, name: "hvals", arity: 2, flags: ["readonly"], run: getValues },
  {
    ...shared,
    name: "hlen",
    arity: 2,
    flags: read,
    run: (call) => call.reply.integer(hashAt(call)?.fields.size ?? 0),
  },
  {
    ...shared,
    name: "hexists",
    arity: 3,
    flags: read,
    run: (call) => call.reply.flag(hashAt(call)?.fields.has(call.arg(2)) ?? false),
  },
  {
    ...shared,
    name: "hstrlen",
    arity: 3,
    flags: read,
    run: (call) => call.reply.integer(hashAt(call)?.fields.get(call.arg(2))?.length ?? 0),
  },
  { ...shared, name: "hrandfield", arity: -2, flags: ["readonly"], run: randomFields },
  { ...shared, name: "hscan", arity: -3, flags: ["readonly"], run: scan },
];
