import { ALL_KEYS, type Call, type Command, KEY_VALUE_PAIRS, ONE_KEY } from "../engine/command.ts";
import { RedisError, syntaxError, wrongArity } from "../engine/errors.ts";
import { isInt64, toBigInt } from "../engine/numbers.ts";
import { newString } from "../engine/values.ts";
import { BULK_MAX_BYTES } from "../resp/request-parser.ts";
import { expiryFrom, type ExpiryUnit } from "./expiry-times.ts";
import { incremented } from "./increments.ts";
import { lcs } from "./lcs.ts";

/** Longest string in bytes; what was logged when longer ones were allowed is still there. */
export const maxStringBytes = ({ engine }: Call): number =>
  engine.isReplaying ? Number.POSITIVE_INFINITY : BULK_MAX_BYTES;

const textOf = ({ database }: Call, key: string): string | undefined => database.getAs(key, "string")?.bytes;

interface SetOptions {
  onlyIf: "NX" | "XX" | null;
  returnsOld: boolean;
  keepsExpiry: boolean;
  expiresAt: number | null;
}

const EXPIRY_OPTIONS = new Set(["EX", "PX", "EXAT", "PXAT"]);

function readSetOptions(call: Call): SetOptions {
  const options: SetOptions = { onlyIf: null, returnsOld: false, keepsExpiry: false, expiresAt: null };
  let expiry: { text: string; unit: ExpiryUnit } | null = null;
  for (let at = 3; at < call.args.length; at++) {
    const option = call.option(at) as string;
    const hasExpiry = expiry !== null || options.keepsExpiry;
    if ((option === "NX" || option === "XX") && (options.onlyIf === null || options.onlyIf === option)) {
      options.onlyIf = option;
    } else if (option === "GET") options.returnsOld = true;
    else if (option === "KEEPTTL" && !hasExpiry) options.keepsExpiry = true;
    else if (EXPIRY_OPTIONS.has(option) && !hasExpiry) {
      expiry = { text: call.arg(++at), unit: option as ExpiryUnit };
    } else throw syntaxError();
  }
  // Whether it is a time comes after whether the options are some.
  if (expiry) options.expiresAt = expiryFrom(call, expiry.text, expiry.unit);
  return options;
}

function set(call: Call): void {
  const { database, reply } = call;
  const options = readSetOptions(call);
  const [key, bytes] = [call.arg(1), call.arg(2)];
  const old = options.returnsOld ? textOf(call, key) : undefined;
  if (options.onlyIf !== null && database.has(key) !== (options.onlyIf === "XX")) {
    reply.bulkOrNull(old);
    return;
  }
  database.set(key, newString(bytes), options.keepsExpiry);
  if (options.expiresAt !== null) {
    database.setExpiry(key, options.expiresAt);
    call.logAs(["SET", key, bytes, "PXAT", String(options.expiresAt)]);
  } else if (call.args.length > 3) {
    call.logAs(options.keepsExpiry ? ["SET", key, bytes, "KEEPTTL"] : ["SET", key, bytes]);
  }
  if (options.returnsOld) reply.bulkOrNull(old);
  else reply.ok();
}

const setWithExpiry =
  (unit: "EX" | "PX") =>
  (call: Call): void => {
    const [key, bytes] = [call.arg(1), call.arg(3)];
    const expiresAt = expiryFrom(call, call.arg(2), unit);
    call.database.set(key, newString(bytes));
    call.database.setExpiry(key, expiresAt);
    call.logAs(["SET", key, bytes, "PXAT", String(expiresAt)]);
    call.reply.ok();
  };

function setIfAbsent({ database, reply, args }: Call): void {
  const [, key, bytes] = args as [string, string, string];
  const isNew = !database.has(key);
  if (isNew) database.set(key, newString(bytes));
  reply.flag(isNew);
}

function get(call: Call): void {
  call.reply.bulkOrNull(textOf(call, call.arg(1)));
}

function getAndSet(call: Call): void {
  const old = textOf(call, call.arg(1));
  call.database.set(call.arg(1), newString(call.arg(2)));
  call.logAs(["SET", call.arg(1), call.arg(2)]);
  call.reply.bulkOrNull(old);
}

function getAndDelete(call: Call): void {
  const key = call.arg(1);
  const old = textOf(call, key);
  if (old !== undefined) {
    call.database.delete(key);
    call.logAs(["DEL", key]);
  }
  call.reply.bulkOrNull(old);
}

function getAndExpire(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  const option = call.option(2);
  assertGetexOption(call, option);
  const bytes = textOf(call, key);
  if (bytes === undefined) return reply.null();
  // Whether it is a time matters only to a key that is there.
  const expiresAt = call.args.length === 4 ? expiryFrom(call, call.arg(3), option as ExpiryUnit) : null;
  reply.bulk(bytes);
  if (option === undefined) return;
  if (expiresAt === null) {
    if (database.expiryOf(key) === undefined) return;
    database.setExpiry(key, null);
    call.logAs(["PERSIST", key]);
  } else if (expiresAt <= call.now && !call.engine.isReplaying) {
    database.delete(key);
    call.logAs(["DEL", key]);
  } else {
    database.setExpiry(key, expiresAt);
    call.logAs(["PEXPIREAT", key, String(expiresAt)]);
  }
}

function assertGetexOption({ args }: Call, option: string | undefined): void {
  if (option === undefined || (option === "PERSIST" && args.length === 3)) return;
  if (!EXPIRY_OPTIONS.has(option) || args.length !== 4) throw syntaxError();
}

function getMany(call: Call): void {
  const keys = call.args.slice(1);
  call.reply.array(keys.length);
  for (const key of keys) {
    const value = call.database.get(key);
    call.reply.bulkOrNull(value?.type === "string" ? value.bytes : null);
  }
}

function setAll({ database, args, command }: Call): void {
  if (args.length % 2 === 0) throw wrongArity(command.name);
  for (let at = 1; at < args.length; at += 2)
    database.set(args[at] as string, newString(args[at + 1] as string));
}

function setMany(call: Call): void {
  setAll(call);
  call.reply.ok();
}

function setManyIfAbsent(call: Call): void {
  const { args, database, command } = call;
  if (args.length % 2 === 0) throw wrongArity(command.name);
  const isTaken = args.some((key, at) => at % 2 === 1 && database.has(key));
  if (!isTaken) setAll(call);
  call.reply.flag(!isTaken);
}

const increment =
  (amountOf: (call: Call) => bigint) =>
  (call: Call): void => {
    const { database, reply } = call;
    const key = call.arg(1);
    const amount = amountOf(call);
    const value = database.getAs(key, "string");
    const sum = toBigInt(value?.bytes ?? "0") + amount;
    if (!isInt64(sum)) throw new RedisError("ERR increment or decrement would overflow");
    if (value) {
      value.bytes = String(sum);
      value.form = "shortest";
      database.touch(key);
    } else database.set(key, newString(String(sum)));
    reply.integer(sum);
  };

function decrementOf(call: Call): bigint {
  const amount = toBigInt(call.arg(2));
  if (!isInt64(-amount)) throw new RedisError("ERR decrement would overflow");
  return -amount;
}

function incrementByFloat(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  const before = textOf(call, key);
  const bytes = incremented(before ?? "0", call.arg(2));
  database.set(key, { type: "string", bytes, form: "text" }, true);
  call.logAs(["SET", key, bytes, "KEEPTTL"]);
  reply.bulk(bytes);
}

function assertFits(call: Call, length: number): void {
  if (length > maxStringBytes(call)) {
    throw new RedisError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }
}

function append(call: Call): void {
  const { database, reply } = call;
  const [key, suffix] = [call.arg(1), call.arg(2)];
  const value = database.getAs(key, "string");
  if (value) {
    assertFits(call, value.bytes.length + suffix.length);
    value.bytes += suffix;
    value.form = "raw";
    database.touch(key);
    reply.integer(value.bytes.length);
  } else {
    database.set(key, newString(suffix));
    reply.integer(suffix.length);
  }
}

function length(call: Call): void {
  call.reply.integer(textOf(call, call.arg(1))?.length ?? 0);
}

function setRange(call: Call): void {
  const { database, reply } = call;
  const [key, patch] = [call.arg(1), call.arg(3)];
  const offset = call.integer(2);
  if (offset < 0) throw new RedisError("ERR offset is out of range");
  const before = textOf(call, key);
  if (patch === "") {
    reply.integer(before?.length ?? 0);
    return;
  }
  assertFits(call, offset + patch.length);
  const padded = (before ?? "").padEnd(offset, "\0");
  const bytes = padded.slice(0, offset) + patch + padded.slice(offset + patch.length);
  database.set(key, { type: "string", bytes, form: "raw" }, true);
  reply.integer(bytes.length);
}

function getRange(call: Call): void {
  let [start, end] = [call.integer(2), call.integer(3)];
  const text = textOf(call, call.arg(1)) ?? "";
  if (start < 0 && end < 0 && start > end) return call.reply.bulk("");
  start = Math.max(0, start < 0 ? start + text.length : start);
  end = Math.max(0, end < 0 ? end + text.length : end);
  call.reply.bulk(text.slice(start, Math.min(end, text.length - 1) + 1));
}

function longestCommon(call: Call): void {
  const [a, b] = [call.database.get(call.arg(1)), call.database.get(call.arg(2))];
  if ((a && a.type !== "string") || (b && b.type !== "string")) {
    throw new RedisError("ERR The specified keys must contain string values");
  }
  lcs(call, a?.bytes ?? "", b?.bytes ?? "");
}

const write = ["write", "denyoom"] as const;
const fastWrite = ["write", "denyoom", "fast"] as const;
const fastRead = ["readonly", "fast"] as const;
const shared = { keys: ONE_KEY, group: "string" };

export const STRING_COMMANDS: Command[] = [
  { ...shared, name: "set", arity: -3, flags: write, run: set },
  { ...shared, name: "setex", arity: 4, flags: write, run: setWithExpiry("EX") },
  { ...shared, name: "psetex", arity: 4, flags: write, run: setWithExpiry("PX") },
  { ...shared, name: "setnx", arity: 3, flags: fastWrite, run: setIfAbsent },
  { ...shared, name: "get", arity: 2, flags: fastRead, run: get },
  { ...shared, name: "getset", arity: 3, flags: fastWrite, run: getAndSet },
  { ...shared, name: "getdel", arity: 2, flags: ["write", "fast"], run: getAndDelete },
  { ...shared, name: "getex", arity: -2, flags: ["write", "fast"], run: getAndExpire },
  { ...shared, name: "mget", arity: -2, flags: fastRead, keys: ALL_KEYS, run: getMany },
  { ...shared, name: "mset", arity: -3, flags: write, keys: KEY_VALUE_PAIRS, run: setMany },
  { ...shared, name: "msetnx", arity: -3, flags: write, keys: KEY_VALUE_PAIRS, run: setManyIfAbsent },
  { ...shared, name: "incr", arity: 2, flags: fastWrite, run: increment(() => 1n) },
  { ...shared, name: "decr", arity: 2, flags: fastWrite, run: increment(() => -1n) },
  { ...shared, name: "incrby", arity: 3, flags: fastWrite, run: increment((call) => toBigInt(call.arg(2))) },
  { ...shared, name: "decrby", arity: 3, flags: fastWrite, run: increment(decrementOf) },
  { ...shared, name: "incrbyfloat", arity: 3, flags: fastWrite, run: incrementByFloat },
  { ...shared, name: "append", arity: 3, flags: fastWrite, run: append },
  { ...shared, name: "strlen", arity: 2, flags: fastRead, run: length },
  { ...shared, name: "setrange", arity: 4, flags: write, run: setRange },
  { ...shared, name: "getrange", arity: 4, flags: ["readonly"], run: getRange },
  { ...shared, name: "substr", arity: 4, flags: ["readonly"], run: getRange },
  {
    ...shared,
    name: "lcs",
    arity: -3,
    flags: ["readonly"],
    keys: { first: 1, last: 2, step: 1 },
    run: longestCommon,
  },
];
