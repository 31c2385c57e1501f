import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";
import { anyExpiryFrom, type ExpiryUnit } from "./expiry-times.ts";

const MS_PER_SECOND = 1_000;

/** TTL and its relatives: the key is not there; it does not expire. */
const NO_KEY = -2;
const NO_EXPIRY = -1;

type Condition = "NX" | "XX" | "GT" | "LT";
const CONDITIONS = new Set<string>(["NX", "XX", "GT", "LT"]);

function readConditions(call: Call): Set<Condition> {
  const conditions = new Set<Condition>();
  for (let at = 3; at < call.args.length; at++) {
    const option = call.option(at) as string;
    if (!CONDITIONS.has(option)) throw new RedisError(`ERR Unsupported option ${call.arg(at)}`);
    conditions.add(option as Condition);
  }
  if (conditions.has("NX") && conditions.size > 1) {
    throw new RedisError("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.has("GT") && conditions.has("LT")) {
    throw new RedisError("ERR GT and LT options at the same time are not compatible");
  }
  return conditions;
}

/** A key without expiry counts as one that expires never, later than all others. */
function allows(conditions: Set<Condition>, before: number | undefined, at: number): boolean {
  if (conditions.has("NX") && before !== undefined) return false;
  if (conditions.has("XX") && before === undefined) return false;
  if (conditions.has("GT") && (before === undefined || at <= before)) return false;
  return !(conditions.has("LT") && before !== undefined && at >= before);
}

const expire =
  (unit: ExpiryUnit) =>
  (call: Call): void => {
    const { database, reply, engine } = call;
    const key = call.arg(1);
    const conditions = readConditions(call);
    const at = anyExpiryFrom(call, call.arg(2), unit);
    if (!database.has(key) || !allows(conditions, database.expiryOf(key), at)) return reply.integer(0);
    if (at <= call.now && !engine.isReplaying) {
      database.delete(key);
      call.logAs(["DEL", key]);
    } else {
      database.setExpiry(key, at);
      call.logAs(["PEXPIREAT", key, String(at)]);
    }
    reply.integer(1);
  };

function persist(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  const expires = database.has(key) && database.expiryOf(key) !== undefined;
  if (expires) database.setExpiry(key, null);
  reply.flag(expires);
}

/** @param read turns the time, in epoch milliseconds, into what is answered. */
const tell =
  (read: (at: number, now: number) => number) =>
  (call: Call): void => {
    const { database, reply } = call;
    const key = call.arg(1);
    if (!database.peek(key)) return reply.integer(NO_KEY);
    const at = database.expiryOf(key);
    reply.integer(at === undefined ? NO_EXPIRY : read(at, call.now));
  };

const inSeconds = (ms: number) => Math.floor((ms + MS_PER_SECOND / 2) / MS_PER_SECOND);

const write = { arity: -3, flags: ["write", "fast"] as const, keys: ONE_KEY, group: "generic" };
const read = { arity: 2, flags: ["readonly", "fast"] as const, keys: ONE_KEY, group: "generic" };

export const EXPIRY_COMMANDS: Command[] = [
  { ...write, name: "expire", run: expire("EX") },
  { ...write, name: "pexpire", run: expire("PX") },
  { ...write, name: "expireat", run: expire("EXAT") },
  { ...write, name: "pexpireat", run: expire("PXAT") },
  { ...write, name: "persist", arity: 2, run: persist },
  { ...read, name: "ttl", run: tell((at, now) => inSeconds(Math.max(0, at - now))) },
  { ...read, name: "pttl", run: tell((at, now) => Math.max(0, at - now)) },
  { ...read, name: "expiretime", run: tell((at) => inSeconds(at)) },
  { ...read, name: "pexpiretime", run: tell((at) => at) },
];
