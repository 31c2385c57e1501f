import { type Call, type Command, countedKeys, KEYS_THEN_TIMEOUT, TWO_KEYS } from "../engine/command.ts";
import { syntaxError } from "../engine/errors.ts";
import { type ListValue, newList } from "../engine/values.ts";
import { readCountedKeys, readPopCount, toTimeoutMs } from "./blocking-options.ts";

/** Which end of a list. */
export type Side = "LEFT" | "RIGHT";

export function removeIfEmpty(call: Call, key: string, list: ListValue): void {
  if (list.items.length === 0) call.database.delete(key);
}

/** Takes items off an end of a list, and the list away when it is empty. */
export function pop(call: Call, key: string, list: ListValue, side: Side, count: number): string[] {
  const items: string[] = [];
  while (items.length < count && list.items.length > 0) {
    items.push((side === "LEFT" ? list.items.popLeft() : list.items.popRight()) as string);
  }
  if (items.length === 0) return items;
  call.database.touch(key);
  removeIfEmpty(call, key, list);
  call.logAs([side === "LEFT" ? "LPOP" : "RPOP", key, String(items.length)]);
  return items;
}

/** The first of the keys that holds a list, with it. */
function firstList(call: Call, keys: readonly string[]): [key: string, list: ListValue] | null {
  for (const key of keys) {
    const list = call.database.getAs(key, "list");
    if (list) return [key, list];
  }
  return null;
}

const blockingPop =
  (side: Side) =>
  (call: Call): void => {
    const { reply } = call;
    const timeoutMs = toTimeoutMs(call.args.at(-1) as string);
    const keys = call.args.slice(1, -1);
    const found = firstList(call, keys);
    if (!found) return wait(call, keys, timeoutMs, (answer) => answer.nullArray());
    const [key, list] = found;
    reply.array(2);
    reply.bulk(key);
    reply.bulkOrNull(pop(call, key, list, side, 1)[0]);
  };

function wait(call: Call, keys: string[], timeoutMs: number, giveUp: (reply: Call["reply"]) => void): void {
  const { client, engine, database, args } = call;
  // In a transaction nobody waits.
  if (client.queued !== null || !client.canWait) return giveUp(call.reply);
  engine.blockedClients.add(client, { args, database, keys, type: "list", giveUp }, timeoutMs);
}

function move(call: Call, from: Side, to: Side, onNothing: () => void): void {
  const { database, reply } = call;
  const [source, target] = [call.arg(1), call.arg(2)];
  const list = database.getAs(source, "list");
  if (!list) return onNothing();
  let targetList = database.getAs(target, "list");
  const [item] = pop(call, source, list, from, 1) as [string];
  if (source === target && list.items.length === 0) targetList = undefined;
  if (!targetList) database.set(target, (targetList = newList()));
  if (to === "LEFT") targetList.items.pushLeft(item);
  else targetList.items.pushRight(item);
  database.touch(target);
  call.logAs(["LMOVE", source, target, from, to]);
  reply.bulk(item);
}

function sideAt(call: Call, index: number): Side {
  const side = call.option(index);
  if (side !== "LEFT" && side !== "RIGHT") throw syntaxError();
  return side;
}

const moveBetween = (call: Call): void =>
  move(call, sideAt(call, 3), sideAt(call, 4), () => call.reply.null());

function blockingMove(call: Call, from: Side, to: Side, timeout: string): void {
  const timeoutMs = toTimeoutMs(timeout);
  move(call, from, to, () => wait(call, [call.arg(1)], timeoutMs, (reply) => reply.null()));
}

/** LMPOP and BLMPOP, whose number of keys stands at `countAt`. */
function popMany(call: Call, countAt: number, onNothing: (keys: string[]) => void): void {
  const { keys, next } = readCountedKeys(call, countAt);
  const side = sideAt(call, next);
  const count = readPopCount(call, next + 1);
  const found = firstList(call, keys);
  if (!found) return onNothing(keys);
  const [key, list] = found;
  const items = pop(call, key, list, side, count);
  call.reply.array(2);
  call.reply.bulk(key);
  call.reply.bulks(items);
}

function blockingPopMany(call: Call): void {
  const timeoutMs = toTimeoutMs(call.arg(1));
  popMany(call, 2, (keys) => wait(call, keys, timeoutMs, (reply) => reply.nullArray()));
}

const write = ["write", "denyoom"] as const;
const blocking = ["write", "denyoom", "noscript", "blocking"] as const;
const group = "list";

export const LIST_MOVE_COMMANDS: Command[] = [
  {
    ...{ name: "rpoplpush", arity: 3, flags: write, keys: TWO_KEYS, group },
    run: (call) => move(call, "RIGHT", "LEFT", () => call.reply.null()),
  },
  { name: "lmove", arity: 5, flags: write, keys: TWO_KEYS, group, run: moveBetween },
  {
    ...{ name: "brpoplpush", arity: 4, flags: blocking, keys: TWO_KEYS, group },
    run: (call) => blockingMove(call, "RIGHT", "LEFT", call.arg(3)),
  },
  {
    ...{ name: "blmove", arity: 6, flags: blocking, keys: TWO_KEYS, group },
    run: (call) => blockingMove(call, sideAt(call, 3), sideAt(call, 4), call.arg(5)),
  },
  {
    ...{ name: "blpop", arity: -3, flags: ["write", "noscript", "blocking"], keys: KEYS_THEN_TIMEOUT, group },
    run: blockingPop("LEFT"),
  },
  {
    ...{ name: "brpop", arity: -3, flags: ["write", "noscript", "blocking"], keys: KEYS_THEN_TIMEOUT, group },
    run: blockingPop("RIGHT"),
  },
  {
    ...{ name: "lmpop", arity: -4, flags: ["write", "movablekeys"], keys: countedKeys(1), group },
    run: (call) => popMany(call, 1, () => call.reply.nullArray()),
  },
  {
    ...{
      name: "blmpop",
      arity: -5,
      flags: ["write", "blocking", "movablekeys"],
      keys: countedKeys(2),
      group,
    },
    run: blockingPopMany,
  },
];
