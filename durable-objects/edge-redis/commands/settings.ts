import { type Call, type Command, NO_KEYS } from "../engine/command.ts";
import { RedisError, wrongArity } from "../engine/errors.ts";
import { CLIENTS_MAX } from "../engine/engine.ts";
import { matchesGlob } from "../engine/glob.ts";
import { BULK_MAX_BYTES } from "../resp/request-parser.ts";
import { isInteger, parseByteCount } from "../engine/numbers.ts";
import { THRESHOLDS } from "../engine/values.ts";

/** Settings that are kept and shown, and change nothing here. */
const OTHER_SETTINGS: Record<string, string> = {
  activedefrag: "no",
  activerehashing: "yes",
  "active-expire-effort": "1",
  appendonly: "yes",
  appendfsync: "always",
  "aof-use-rdb-preamble": "no",
  "auto-aof-rewrite-percentage": "100",
  "auto-aof-rewrite-min-size": "4194304",
  "busy-reply-threshold": "5000",
  "client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
  "client-query-buffer-limit": "1073741824",
  databases: "16",
  "hll-sparse-max-bytes": "3000",
  hz: "10",
  "latency-monitor-threshold": "0",
  "latency-tracking": "yes",
  "lazyfree-lazy-eviction": "no",
  "lazyfree-lazy-expire": "no",
  "lazyfree-lazy-server-del": "no",
  "lazyfree-lazy-user-del": "no",
  "lazyfree-lazy-user-flush": "no",
  "lfu-decay-time": "1",
  "lfu-log-factor": "10",
  "list-compress-depth": "0",
  "list-max-listpack-size": "-2",
  loglevel: "notice",
  "lua-time-limit": "5000",
  maxclients: String(CLIENTS_MAX),
  "maxmemory-policy": "noeviction",
  "maxmemory-samples": "5",
  "min-replicas-max-lag": "10",
  "min-replicas-to-write": "0",
  "notify-keyspace-events": "",
  "proto-max-bulk-len": String(BULK_MAX_BYTES),
  "rdb-key-save-delay": "0",
  rdbchecksum: "yes",
  rdbcompression: "yes",
  "repl-diskless-sync": "yes",
  "repl-diskless-sync-delay": "5",
  "repl-timeout": "60",
  "replica-read-only": "yes",
  "replica-serve-stale-data": "yes",
  "sanitize-dump-payload": "yes",
  save: "",
  "slowlog-log-slower-than": "10000",
  "slowlog-max-len": "128",
  "stop-writes-on-bgsave-error": "yes",
  "stream-node-max-bytes": "4096",
  "stream-node-max-entries": "100",
  "tcp-keepalive": "300",
  timeout: "0",
  "tracking-table-max-keys": "1000000",
};

/** Older names of settings. */
const ALIASES: Record<string, string> = {
  "hash-max-ziplist-entries": "hash-max-listpack-entries",
  "hash-max-ziplist-value": "hash-max-listpack-value",
  "zset-max-ziplist-entries": "zset-max-listpack-entries",
  "zset-max-ziplist-value": "zset-max-listpack-value",
  "list-max-ziplist-size": "list-max-listpack-size",
  "repl-ping-slave-period": "repl-ping-replica-period",
  "slave-read-only": "replica-read-only",
  "slave-serve-stale-data": "replica-serve-stale-data",
};

const HELP = [
  "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
  ...["GET <pattern>", "    Return parameters matching the glob-like <pattern> and their values."],
  ...["SET <directive> <value>", "    Set the configuration <directive> to <value>."],
  ...["RESETSTAT", "    Reset statistics reported by the INFO command."],
  ...["REWRITE", "    Accepted: settings last as long as the node is awake.", "HELP", "    Print this help."],
];

/** A timer takes no longer one than this. */
const PING_MAX_SECONDS = 2_147_483;

function settings({ engine }: Call): Record<string, string> {
  const known: Record<string, string> = {
    ...OTHER_SETTINGS,
    maxmemory: String(engine.memory.maxBytes),
    "repl-ping-replica-period": String(engine.replication.pingSeconds),
  };
  for (const [name, value] of Object.entries(THRESHOLDS)) known[name] = String(value);
  for (const [alias, name] of Object.entries(ALIASES)) known[alias] = known[name] as string;
  return known;
}

function get(call: Call): void {
  const { reply } = call;
  const patterns = call.args.slice(2).map((pattern) => pattern.toLowerCase());
  const found = Object.entries(settings(call)).filter(([name]) =>
    patterns.some((pattern) => matchesGlob(pattern, name)),
  );
  reply.map(found.length);
  for (const entry of found) for (const text of entry) reply.bulk(text);
}

const failed = (name: string, reason: string) =>
  new RedisError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);

/** What setting it does; looked at for all before any is set, so that a mistake changes nothing. */
function setter({ engine }: Call, given: string, value: string): () => void {
  const name = ALIASES[given] ?? given;
  if (name === "maxmemory") {
    const bytes = parseByteCount(value);
    if (bytes === null) throw failed(given, "argument must be a memory value");
    return () => engine.memory.limit(bytes);
  }
  if (name === "repl-ping-replica-period") {
    const seconds = isInteger(value) ? Number(value) : 0;
    if (seconds < 1 || seconds > PING_MAX_SECONDS)
      throw failed(given, `argument must be between 1 and ${PING_MAX_SECONDS} inclusive`);
    return () => (engine.replication.pingSeconds = seconds);
  }
  if (name in THRESHOLDS) {
    if (!isInteger(value)) throw failed(given, "argument couldn't be parsed into an integer");
    return () => (THRESHOLDS[name as keyof typeof THRESHOLDS] = Number(value));
  }
  if (name in OTHER_SETTINGS) return () => (OTHER_SETTINGS[name] = value);
  throw new RedisError(`ERR Unknown option or number of arguments for CONFIG SET - '${given}'`);
}

function set(call: Call): void {
  if (call.args.length % 2 !== 0) throw wrongArity("config|set");
  const setters: (() => void)[] = [];
  for (let at = 2; at < call.args.length; at += 2)
    setters.push(setter(call, call.arg(at).toLowerCase(), call.arg(at + 1)));
  for (const apply of setters) apply();
  call.reply.ok();
}

function configure(call: Call): void {
  switch (call.option(1)) {
    case "GET":
      return get(call);
    case "SET":
      return set(call);
    case "HELP":
      return call.reply.bulks(HELP);
    default:
      return call.reply.ok();
  }
}

export const SETTING_COMMANDS: Command[] = [
  {
    name: "config",
    arity: -2,
    flags: ["admin", "noscript", "loading", "stale"],
    keys: NO_KEYS,
    subcommands: { get: -3, set: -4, resetstat: 2, rewrite: 2, help: 2 },
    group: "server",
    run: configure,
  },
];
