import { type Call, type Command, countedKeys, KEYS_THEN_TIMEOUT, ONE_KEY } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { toIntegerIn } from "../engine/numbers.ts";
import type { Scored } from "../engine/sorted-list.ts";
import { removeScored, type SortedSetValue } from "../engine/values.ts";
import { readCountedKeys, readPopCount, toTimeoutMs } from "./blocking-options.ts";

/** Which end of a sorted set. */
type End = "MIN" | "MAX";

/** Takes entries off an end, and the set away when it is empty. */
function pop(call: Call, key: string, sorted: SortedSetValue, end: End, count: number): Scored[] {
  const size = sorted.scores.size;
  const most = Math.min(count, size);
  const popped =
    end === "MIN" ? sorted.order.slice(0, most) : sorted.order.slice(size - most, size).reverse();
  for (const { member } of popped) removeScored(sorted, member);
  if (popped.length > 0) {
    call.database.touch(key);
    if (sorted.scores.size === 0) call.database.delete(key);
    call.logAs([`ZPOP${end}`, key, String(popped.length)]);
  }
  return popped;
}

const popFrom =
  (end: End) =>
  (call: Call): void => {
    const { reply } = call;
    if (call.args.length > 3) throw syntaxError();
    const hasCount = call.args.length === 3;
    const complaint = () => new RedisError("ERR value is out of range, must be positive");
    const count = hasCount ? toIntegerIn(call.arg(2), 0, Number.POSITIVE_INFINITY, complaint) : 1;
    const sorted = call.database.getAs(call.arg(1), "zset");
    const popped = sorted ? pop(call, call.arg(1), sorted, end, count) : [];
    const inPairs = hasCount && reply.version === 3;
    reply.array(inPairs ? popped.length : popped.length * 2);
    answerPairs(call, popped, inPairs);
  };

function answerPairs({ reply }: Call, entries: readonly Scored[], inPairs: boolean): void {
  for (const { member, score } of entries) {
    if (inPairs) reply.array(2);
    reply.bulk(member);
    reply.double(score);
  }
}

function firstSorted(call: Call, keys: readonly string[]): [key: string, sorted: SortedSetValue] | null {
  for (const key of keys) {
    const sorted = call.database.getAs(key, "zset");
    if (sorted) return [key, sorted];
  }
  return null;
}

function wait(call: Call, keys: string[], timeoutMs: number): void {
  const { client, engine, database, args } = call;
  const giveUp = (reply: Call["reply"]) => reply.nullArray();
  if (client.queued !== null || !client.canWait) return giveUp(call.reply);
  engine.blockedClients.add(client, { args, database, keys, type: "zset", giveUp }, timeoutMs);
}

const blockingPop =
  (end: End) =>
  (call: Call): void => {
    const timeoutMs = toTimeoutMs(call.args.at(-1) as string);
    const keys = call.args.slice(1, -1);
    const found = firstSorted(call, keys);
    if (!found) return wait(call, keys, timeoutMs);
    const [key, sorted] = found;
    call.reply.array(3);
    call.reply.bulk(key);
    answerPairs(call, pop(call, key, sorted, end, 1), false);
  };

/** ZMPOP and BZMPOP, whose number of keys stands at `countAt`. */
function popMany(call: Call, countAt: number, onNothing: (keys: string[]) => void): void {
  const { keys, next } = readCountedKeys(call, countAt);
  const end = call.option(next);
  if (end !== "MIN" && end !== "MAX") throw syntaxError();
  const count = readPopCount(call, next + 1);
  const found = firstSorted(call, keys);
  if (!found) return onNothing(keys);
  const [key, sorted] = found;
  const popped = pop(call, key, sorted, end, count);
  call.reply.array(2);
  call.reply.bulk(key);
  call.reply.array(popped.length);
  answerPairs(call, popped, true);
}

function blockingPopMany(call: Call): void {
  const timeoutMs = toTimeoutMs(call.arg(1));
  popMany(call, 2, (keys) => wait(call, keys, timeoutMs));
}

const group = "sorted_set";
const blocking = {
  flags: ["write", "noscript", "blocking", "fast"] as const,
  keys: KEYS_THEN_TIMEOUT,
  group,
};

export const SORTED_SET_POPS: Command[] = [
  { name: "zpopmin", arity: -2, flags: ["write", "fast"], keys: ONE_KEY, group, run: popFrom("MIN") },
  { name: "zpopmax", arity: -2, flags: ["write", "fast"], keys: ONE_KEY, group, run: popFrom("MAX") },
  { ...blocking, name: "bzpopmin", arity: -3, run: blockingPop("MIN") },
  { ...blocking, name: "bzpopmax", arity: -3, run: blockingPop("MAX") },
  {
    ...{ name: "zmpop", arity: -4, flags: ["write", "movablekeys"], keys: countedKeys(1), group },
    run: (call) => popMany(call, 1, () => call.reply.nullArray()),
  },
  {
    ...{
      name: "bzmpop",
      arity: -5,
      flags: ["write", "blocking", "movablekeys"],
      keys: countedKeys(2),
      group,
    },
    run: blockingPopMany,
  },
];
