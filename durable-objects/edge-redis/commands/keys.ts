import { NODES_MAX } from "../../../workers/shared/redis/ring.ts";
import {
  ALL_KEYS,
  type Call,
  type Command,
  KEY_OF_SUBCOMMAND,
  NO_KEYS,
  ONE_KEY,
  TWO_KEYS,
} from "../engine/command.ts";
import type { Database } from "../engine/database.ts";
import { noSuchKey, notAnInteger, RedisError, syntaxError } from "../engine/errors.ts";
import { matchesGlob } from "../engine/glob.ts";
import { isInteger, toIntegerIn } from "../engine/numbers.ts";
import { copyOf, encodingOf, type Value } from "../engine/values.ts";
import { answerScan, readScanOptions } from "./scanning.ts";

const MS_PER_SECOND = 1_000;

function remove(call: Call): void {
  const keys = call.args.slice(1);
  const removed = keys.filter((key) => call.database.delete(key));
  call.logAs(["DEL", ...removed]);
  call.reply.integer(removed.length);
}

function count(call: Call): void {
  call.reply.integer(call.args.slice(1).filter((key) => call.database.has(key)).length);
}

function type(call: Call): void {
  call.reply.status(call.database.get(call.arg(1))?.type ?? "none");
}

function list(call: Call): void {
  const pattern = call.arg(1);
  call.reply.bulks(call.database.liveKeys().filter((key) => matchesGlob(pattern, key)));
}

function scan(call: Call): void {
  const { cursor, count: most, matches, type: wanted } = readScanOptions(call, 1, true);
  // The rest says which node is scanned, when there are several.
  const page = call.database.scan(Math.floor(cursor / NODES_MAX), most);
  const keys = page.keys.filter(
    (key) => matches(key) && (wanted === null || call.database.peek(key)?.value.type === wanted),
  );
  answerScan(call, page.cursor * NODES_MAX, keys);
}

/** Puts a value under another key, with its expiry. */
function place(database: Database, key: string, value: Value, expiresAt: number | undefined): void {
  database.set(key, value);
  if (expiresAt !== undefined) database.setExpiry(key, expiresAt);
}

const rename =
  (onlyIfFree: boolean) =>
  (call: Call): void => {
    const { database, reply } = call;
    const [from, to] = [call.arg(1), call.arg(2)];
    const value = database.get(from);
    if (!value) throw noSuchKey();
    const isTaken = onlyIfFree && database.has(to);
    if (!isTaken && from !== to) {
      const expiresAt = database.expiryOf(from);
      database.delete(from);
      place(database, to, value, expiresAt);
    }
    if (onlyIfFree) reply.flag(!isTaken);
    else reply.ok();
  };

/** A database by its number. @throws RedisError */
export function databaseAt(call: Call, text: string, complaint?: () => RedisError): Database {
  const index = toIntegerIn(text, INT32_MIN, INT32_MAX, complaint ?? (() => notAnIndex(text)));
  const database = call.engine.databases[index];
  if (!database) throw new RedisError("ERR DB index is out of range");
  return database;
}

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

const notAnIndex = (text: string): RedisError =>
  isInteger(text)
    ? new RedisError(`ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`)
    : notAnInteger();

function move(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  const target = databaseAt(call, call.arg(2));
  if (target === database) throw new RedisError("ERR source and destination objects are the same");
  const value = database.get(key);
  if (!value || target.has(key)) return reply.integer(0);
  const expiresAt = database.expiryOf(key);
  database.delete(key);
  place(target, key, value, expiresAt);
  reply.integer(1);
}

function copy(call: Call): void {
  const { database, reply } = call;
  const [from, to] = [call.arg(1), call.arg(2)];
  let target = database;
  let replaces = false;
  for (let at = 3; at < call.args.length; at++) {
    const option = call.option(at);
    if (option === "REPLACE") replaces = true;
    else if (option === "DB" && at + 1 < call.args.length) target = databaseAt(call, call.arg(++at));
    else throw syntaxError();
  }
  if (target === database && from === to)
    throw new RedisError("ERR source and destination objects are the same");
  const value = database.get(from);
  if (!value || (!replaces && target.has(to))) return reply.integer(0);
  place(target, to, copyOf(value), database.expiryOf(from));
  reply.integer(1);
}

function swap(call: Call): void {
  const { engine, reply } = call;
  const first = databaseAt(call, call.arg(1), () => new RedisError("ERR invalid first DB index"));
  const second = databaseAt(call, call.arg(2), () => new RedisError("ERR invalid second DB index"));
  if (first !== second) {
    // Whoever watches a key of either sees it change.
    for (const database of [first, second]) for (const key of database.liveKeys()) database.touch(key);
    first.swapWith(second);
    for (const { watched } of engine.clients.values()) {
      for (const watch of watched) {
        if (watch.database === first || watch.database === second)
          watch.wasExpired = watch.database.isExpired(watch.key);
      }
    }
    for (const database of [first, second]) for (const key of database.liveKeys()) database.touch(key);
    engine.noteChange();
    engine.blockedClients.onSwapped([first, second]);
  }
  reply.ok();
}

const flush =
  (databasesOf: (call: Call) => Database[]) =>
  (call: Call): void => {
    const option = call.option(1);
    if (call.args.length > 2 || (option !== undefined && option !== "SYNC" && option !== "ASYNC"))
      throw syntaxError();
    for (const database of databasesOf(call)) database.clear();
    call.engine.noteChange();
    call.reply.ok();
  };

/** Redis shares one object among all uses of a small integer, and says so with the largest number. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFERENCES = 2_147_483_647;

function references(value: Value): number {
  const isShared = encodingOf(value) === "int" && value.type === "string" && isSmall(Number(value.bytes));
  return isShared ? SHARED_REFERENCES : 1;
}

const isSmall = (integer: number): boolean => integer >= 0 && integer < SHARED_INTEGERS;

function object(call: Call): void {
  const { reply } = call;
  const subcommand = call.arg(1).toUpperCase();
  if (subcommand === "HELP")
    return reply.bulks([
      "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "ENCODING <key>",
      "FREQ <key>",
      "IDLETIME <key>",
      "REFCOUNT <key>",
    ]);
  const entry = call.database.peek(call.arg(2));
  switch (subcommand) {
    case "ENCODING":
      return reply.bulkOrNull(entry && encodingOf(entry.value));
    case "REFCOUNT":
      return entry ? reply.integer(references(entry.value)) : reply.null();
    case "IDLETIME":
      return entry ? reply.integer(Math.floor((call.now - entry.usedAt) / MS_PER_SECOND)) : reply.null();
    case "FREQ":
      throw new RedisError(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
      );
  }
}

function randomKey(call: Call): void {
  call.reply.bulkOrNull(call.database.randomKey());
}

const fast = ["readonly", "fast"] as const;
const group = "generic";

export const KEY_COMMANDS: Command[] = [
  { name: "del", arity: -2, flags: ["write"], keys: ALL_KEYS, group, run: remove },
  { name: "unlink", arity: -2, flags: ["write", "fast"], keys: ALL_KEYS, group, run: remove },
  { name: "exists", arity: -2, flags: fast, keys: ALL_KEYS, group, run: count },
  { name: "touch", arity: -2, flags: fast, keys: ALL_KEYS, group, run: count },
  { name: "type", arity: 2, flags: fast, keys: ONE_KEY, group, run: type },
  { name: "keys", arity: 2, flags: ["readonly"], keys: NO_KEYS, group, run: list },
  { name: "scan", arity: -2, flags: ["readonly"], keys: NO_KEYS, group, run: scan },
  { name: "randomkey", arity: 1, flags: ["readonly"], keys: NO_KEYS, group, run: randomKey },
  { name: "rename", arity: 3, flags: ["write"], keys: TWO_KEYS, group, run: rename(false) },
  { name: "renamenx", arity: 3, flags: ["write", "fast"], keys: TWO_KEYS, group, run: rename(true) },
  { name: "move", arity: 3, flags: ["write", "fast"], keys: ONE_KEY, group, run: move },
  { name: "copy", arity: -3, flags: ["write", "denyoom"], keys: TWO_KEYS, group, run: copy },
  {
    name: "object",
    arity: -2,
    flags: ["readonly"],
    keys: KEY_OF_SUBCOMMAND,
    subcommands: { help: 2, encoding: 3, refcount: 3, idletime: 3, freq: 3 },
    group,
    run: object,
  },
  { name: "swapdb", arity: 3, flags: ["write", "fast"], keys: NO_KEYS, group: "connection", run: swap },
  {
    ...{ name: "flushdb", arity: -1, flags: ["write"], keys: NO_KEYS, group: "server" },
    run: flush(({ database }) => [database]),
  },
  {
    ...{ name: "flushall", arity: -1, flags: ["write"], keys: NO_KEYS, group: "server" },
    run: flush(({ engine }) => engine.databases),
  },
  {
    ...{ name: "dbsize", arity: 1, flags: fast, keys: NO_KEYS, group: "server" },
    run: (call) => call.reply.integer(call.database.size),
  },
];
