import { type Call, type Command, KEY_OF_SUBCOMMAND, NO_KEYS } from "../engine/command.ts";
import { RedisError, syntaxError, wrongArity } from "../engine/errors.ts";
import { matchesGlob } from "../engine/glob.ts";
import { toDouble, toInteger } from "../engine/numbers.ts";
import { encodingOf, sizeOf, THRESHOLDS } from "../engine/values.ts";
import { REDIS_VERSION } from "./connection.ts";

const MS_PER_SECOND = 1_000;
const MICROSECONDS_PER_MS = 1_000;
/** Longest DEBUG SLEEP, in milliseconds. */
const SLEEP_MAX_MS = 60_000;

/** Settings that are kept and shown, and change nothing here. */
const OTHER_SETTINGS: Record<string, string> = {
  appendonly: "yes",
  appendfsync: "always",
  "auto-aof-rewrite-percentage": "100",
  "client-query-buffer-limit": "1073741824",
  databases: "16",
  "list-compress-depth": "0",
  "list-max-listpack-size": "-2",
  "lua-time-limit": "5000",
  maxmemory: "0",
  "maxmemory-policy": "noeviction",
  "min-replicas-to-write": "0",
  "notify-keyspace-events": "",
  "proto-max-bulk-len": "536870912",
  "repl-ping-replica-period": "10",
  "replica-serve-stale-data": "yes",
  save: "",
  "slowlog-log-slower-than": "10000",
  timeout: "0",
};

/** Older names of settings. */
const ALIASES: Record<string, string> = {
  "hash-max-ziplist-entries": "hash-max-listpack-entries",
  "hash-max-ziplist-value": "hash-max-listpack-value",
  "zset-max-ziplist-entries": "zset-max-listpack-entries",
  "zset-max-ziplist-value": "zset-max-listpack-value",
  "list-max-ziplist-size": "list-max-listpack-size",
};

function settings(): Record<string, string> {
  const numbers = Object.entries({ ...THRESHOLDS }).map(([name, value]) => [name, String(value)]);
  const known: Record<string, string> = {
    ...OTHER_SETTINGS,
    ...(Object.fromEntries(numbers) as Record<string, string>),
  };
  for (const [alias, name] of Object.entries(ALIASES)) known[alias] = known[name] as string;
  return known;
}

function configure(call: Call): void {
  const { reply } = call;
  const subcommand = call.option(1);
  if (subcommand === "GET" && call.args.length >= 3) {
    const patterns = call.args.slice(2).map((pattern) => pattern.toLowerCase());
    const found = Object.entries(settings()).filter(([name]) =>
      patterns.some((pattern) => matchesGlob(pattern, name)),
    );
    reply.map(found.length);
    for (const entry of found) for (const text of entry) reply.bulk(text);
  } else if (subcommand === "SET" && call.args.length >= 4 && call.args.length % 2 === 0) {
    for (let at = 2; at < call.args.length; at += 2) set(call.arg(at).toLowerCase(), call.arg(at + 1));
    reply.ok();
  } else if (subcommand === "RESETSTAT" || subcommand === "REWRITE") reply.ok();
  else if (subcommand === "GET" || subcommand === "SET")
    throw wrongArity(`config|${subcommand.toLowerCase()}`);
  else throw new RedisError(`ERR unknown subcommand '${call.arg(1)}'. Try CONFIG HELP.`);
}

function set(given: string, value: string): void {
  const name = ALIASES[given] ?? given;
  if (name in THRESHOLDS) {
    THRESHOLDS[name as keyof typeof THRESHOLDS] = toInteger(value);
  } else if (name in OTHER_SETTINGS) OTHER_SETTINGS[name] = value;
  else throw new RedisError(`ERR Unknown option or number of arguments for CONFIG SET - '${given}'`);
}

/** Nobody says how much of the heap a value takes: so much for each key, whatever it holds. Bytes. */
const BYTES_PER_KEY = 128;
const BYTES_EMPTY = 1024 * 1024;

const estimatedBytes = (databases: readonly { size: number }[]): number =>
  databases.reduce((bytes, { size }) => bytes + size * BYTES_PER_KEY, BYTES_EMPTY);

const SECTIONS: Record<string, (call: Call) => Record<string, string | number>> = {
  server: ({ engine }) => ({
    redis_version: REDIS_VERSION,
    redis_mode: "standalone",
    os: "workerd",
    arch_bits: 64,
    process_id: 1,
    uptime_in_seconds: Math.floor((engine.now - engine.startedAt) / MS_PER_SECOND),
  }),
  clients: ({ engine }) => ({
    connected_clients: engine.clients.size,
    blocked_clients: engine.blockedClients.size,
  }),
  memory: ({ engine }) => ({
    used_memory: estimatedBytes(engine.databases),
    maxmemory: 0,
    maxmemory_policy: "noeviction",
    mem_allocator: "v8",
  }),
  persistence: () => ({
    ...{ loading: 0, async_loading: 0, rdb_bgsave_in_progress: 0, aof_enabled: 1 },
    ...{ aof_rewrite_in_progress: 0, aof_rewrite_scheduled: 0, rdb_changes_since_last_save: 0 },
  }),
  stats: ({ engine }) => ({
    total_commands_processed: engine.commandsProcessed,
    ...{ expired_keys: engine.expiredKeys, evicted_keys: 0, total_error_replies: 0 },
  }),
  replication: () => ({ role: "master", connected_slaves: 0, master_repl_offset: 0 }),
  cluster: () => ({ cluster_enabled: 0 }),
  keyspace: ({ engine }) =>
    Object.fromEntries(
      engine.databases
        .filter((database) => database.size > 0)
        .map(({ index, size, expiring }) => [`db${index}`, `keys=${size},expires=${expiring},avg_ttl=0`]),
    ),
};

function info(call: Call): void {
  const wanted = call.args.slice(1).map((name) => name.toLowerCase());
  const isAll = wanted.length === 0 || wanted.some((name) => ["all", "default", "everything"].includes(name));
  const parts = Object.entries(SECTIONS)
    .filter(([name]) => isAll || wanted.includes(name))
    .map(([name, facts]) => {
      const title = `# ${name[0]?.toUpperCase()}${name.slice(1)}`;
      return [title, ...Object.entries(facts(call)).map(([fact, value]) => `${fact}:${value}`), ""].join(
        "\r\n",
      );
    });
  call.reply.verbatim(parts.join("\r\n"));
}

function time({ now, reply }: Call): void {
  reply.bulks([String(Math.floor(now / MS_PER_SECOND)), String((now % MS_PER_SECOND) * MICROSECONDS_PER_MS)]);
}

/** What tests ask a Redis for; here it only has to be answered, or does what it can. */
function debug(call: Call): void {
  const { engine, reply } = call;
  switch (call.option(1)) {
    case "SET-ACTIVE-EXPIRE":
      engine.sweeps = call.arg(2) !== "0";
      return reply.ok();
    case "SLEEP":
      call.client.pauseMs = Math.min(SLEEP_MAX_MS, toDouble(call.arg(2)) * MS_PER_SECOND);
      return reply.ok();
    case "OBJECT": {
      const entry = call.database.peek(call.arg(2));
      if (!entry) throw new RedisError("ERR no such key");
      return reply.status(
        `Value at:0x0 refcount:1 encoding:${encodingOf(entry.value)} serializedlength:${sizeOf(entry.value)} lru:0 lru_seconds_idle:0`,
      );
    }
    case "JMAP":
    case "RELOAD":
    case "LOADAOF":
    case "STRINGMATCH-LEN":
    case "QUICKLIST-PACKED-THRESHOLD":
    case "CHANGE-REPL-ID":
    case "DICT-RESIZING":
      return reply.ok();
    default:
      throw new RedisError(
        `ERR unknown subcommand or wrong number of arguments for '${call.arg(1)}'. Try DEBUG HELP.`,
      );
  }
}

function memory(call: Call): void {
  if (call.option(1) !== "USAGE" || call.args.length < 3) throw syntaxError();
  const entry = call.database.peek(call.arg(2));
  if (entry) call.reply.integer(sizeOf(entry.value) + call.arg(2).length);
  else call.reply.null();
}

const shared = { keys: NO_KEYS, group: "server", flags: ["loading", "stale"] as const };

export const SERVER_COMMANDS: Command[] = [
  { ...shared, name: "config", arity: -2, flags: ["admin", "noscript", "loading", "stale"], run: configure },
  { ...shared, name: "info", arity: -1, run: info },
  { ...shared, name: "time", arity: 1, flags: ["loading", "stale", "fast"], run: time },
  { ...shared, name: "debug", arity: -2, flags: ["admin", "noscript", "loading", "stale"], run: debug },
  { ...shared, name: "memory", arity: -2, flags: ["readonly"], keys: KEY_OF_SUBCOMMAND, run: memory },
  // Everything is on disk before it is answered: there is nothing to wait for.
  { ...shared, name: "save", arity: 1, run: ({ reply }) => reply.ok() },
  { ...shared, name: "bgsave", arity: -1, run: ({ reply }) => reply.status("Background saving started") },
  {
    ...shared,
    name: "bgrewriteaof",
    arity: 1,
    run: ({ reply }) => reply.status("Background append only file rewriting started"),
  },
  {
    ...shared,
    name: "lastsave",
    arity: 1,
    run: ({ now, reply }) => reply.integer(Math.floor(now / MS_PER_SECOND)),
  },
  { ...shared, name: "wait", arity: 3, run: ({ reply }) => reply.integer(0) },
];
