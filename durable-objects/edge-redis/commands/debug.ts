import { type Call, type Command, KEY_OF_SUBCOMMAND, NO_KEYS } from "../engine/command.ts";
import { noSuchKey, RedisError } from "../engine/errors.ts";
import { bytesOf } from "../engine/memory.ts";
import { toDouble, toInteger } from "../engine/numbers.ts";
import { encodingOf, sizeOf } from "../engine/values.ts";
import { digestOfAll, digestOfValue } from "./digest.ts";

const MS_PER_SECOND = 1_000;
/** Longest DEBUG SLEEP, in milliseconds. */
const SLEEP_MAX_MS = 60_000;

function describe(call: Call): void {
  const entry = call.database.peek(call.arg(2));
  if (!entry) throw noSuchKey();
  const idleSeconds = Math.floor((call.now - entry.usedAt) / MS_PER_SECOND);
  call.reply.status(
    `Value at:0x0 refcount:1 encoding:${encodingOf(entry.value)} serializedlength:${sizeOf(entry.value)} lru:0 lru_seconds_idle:${idleSeconds}`,
  );
}

function digestValues({ args, database, reply }: Call): void {
  const keys = args.slice(2);
  reply.array(keys.length);
  for (const key of keys) reply.status(String(digestOfValue(database, key)));
}

/** One reply of each type of the protocol, for those who write clients. */
const PROTOCOL_SAMPLES: Record<string, (call: Call) => void> = {
  STRING: ({ reply }) => reply.bulk("Hello World"),
  INTEGER: ({ reply }) => reply.integer(12_345),
  DOUBLE: ({ reply }) => reply.double(3_141 / 1_000),
  BIGNUM: ({ reply }) => reply.bigNumber("1234567999999999999999999999999999999"),
  NULL: ({ reply }) => reply.null(),
  ARRAY: ({ reply }) => {
    reply.array(3);
    for (let number = 0; number < 3; number++) reply.integer(number);
  },
  SET: ({ reply }) => {
    reply.set(3);
    for (let number = 0; number < 3; number++) reply.integer(number);
  },
  MAP: ({ reply }) => {
    reply.map(3);
    for (let number = 0; number < 3; number++) {
      reply.integer(number);
      reply.boolean(number === 1);
    }
  },
  ATTRIB: ({ reply }) => {
    if (reply.version === 3) {
      reply.attributes(1);
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
  },
  PUSH: ({ reply }) => {
    if (reply.version === 2) throw new RedisError("ERR RESP2 is not supported by this command");
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
  },
  TRUE: ({ reply }) => reply.boolean(true),
  FALSE: ({ reply }) => reply.boolean(false),
  VERBATIM: ({ reply }) => reply.verbatim("This is a verbatim\nstring"),
};

function showProtocol(call: Call): void {
  const sample = PROTOCOL_SAMPLES[call.option(2) ?? ""];
  if (!sample) {
    const names = "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";
    throw new RedisError(`ERR Wrong protocol type name. Please use one of the following: ${names}`);
  }
  sample(call);
}

const accept = ({ reply }: Call): void => reply.ok();

/** How much Redis prefers packed lists is settled there by numbers that change nothing here. */
const SUBCOMMANDS: Record<string, { arity: number; run: (call: Call) => void }> = {
  "SET-ACTIVE-EXPIRE": {
    arity: 3,
    run: (call) => {
      call.engine.sweeps = call.arg(2) !== "0";
      call.reply.ok();
    },
  },
  SLEEP: {
    arity: 3,
    run: (call) => {
      const ms = Math.min(SLEEP_MAX_MS, Math.max(0, toDouble(call.arg(2))) * MS_PER_SECOND);
      // Nobody else is kept waiting: only this client is, and for what it does now, the time is over.
      call.engine.passTime(ms);
      call.client.pauseMs += ms;
      call.reply.ok();
    },
  },
  OBJECT: { arity: -3, run: describe },
  DIGEST: { arity: 2, run: ({ engine, reply }) => reply.status(String(digestOfAll(engine.databases))) },
  "DIGEST-VALUE": { arity: -2, run: digestValues },
  PROTOCOL: { arity: 3, run: showProtocol },
  ERROR: {
    arity: 3,
    run: (call) => {
      throw new RedisError(call.arg(2));
    },
  },
  LOG: { arity: 3, run: accept },
  JMAP: { arity: -2, run: accept },
  RELOAD: { arity: -2, run: accept },
  LOADAOF: { arity: 2, run: accept },
  "STRINGMATCH-LEN": { arity: 4, run: accept },
  "QUICKLIST-PACKED-THRESHOLD": { arity: 3, run: accept },
  "CHANGE-REPL-ID": { arity: 2, run: accept },
  "DICT-RESIZING": { arity: 3, run: accept },
  REPLYBUFFER: { arity: -3, run: accept },
};

/** What tests ask a Redis for: it does what it can, and where there is nothing to do it says so. */
function debug(call: Call): void {
  const subcommand = SUBCOMMANDS[call.option(1) ?? ""];
  const { length } = call.args;
  const { arity = 0, run } = subcommand ?? {};
  if (!run || (arity > 0 ? length !== arity : length < -arity)) {
    throw new RedisError(
      `ERR unknown subcommand or wrong number of arguments for '${call.arg(1)}'. Try DEBUG HELP.`,
    );
  }
  run(call);
}

function memory(call: Call): void {
  const { reply } = call;
  if (call.option(1) === "USAGE") {
    if (call.option(3) === "SAMPLES") toInteger(call.arg(4));
    const entry = call.database.peek(call.arg(2));
    if (entry) reply.integer(bytesOf(call.arg(2), entry.value));
    else reply.null();
  } else if (call.option(1) === "DOCTOR")
    reply.verbatim("Values live in the heap of a Worker; there is nothing to tune.");
  else reply.ok();
}

const shared = { keys: NO_KEYS, group: "server" };

export const DEBUG_COMMANDS: Command[] = [
  { ...shared, name: "debug", arity: -2, flags: ["admin", "noscript", "loading", "stale"], run: debug },
  {
    ...{ ...shared, name: "memory", arity: -2, flags: ["readonly"] },
    keys: KEY_OF_SUBCOMMAND,
    subcommands: { usage: -3, doctor: 2, purge: 2 },
    run: memory,
  },
];
