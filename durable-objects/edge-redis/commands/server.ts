import { type Call, type Command, NO_KEYS } from "../engine/command.ts";
import { toTimeoutInMs } from "./blocking-options.ts";
import { REDIS_VERSION } from "./connection.ts";

const MS_PER_SECOND = 1_000;
const MICROSECONDS_PER_MS = 1_000;

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
    used_memory: engine.memory.usedBytes(engine.now),
    maxmemory: engine.memory.maxBytes,
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
  replication: ({ engine }) => ({
    ...{ role: "master", connected_slaves: engine.replication.size, master_repl_offset: 0 },
  }),
  cluster: () => ({ cluster_enabled: 0 }),
  ring: ({ engine: { ring } }) =>
    ring ? { ring_node: ring.self, ring_nodes: ring.nodes, ring_growing: ring.isGrowing ? 1 : 0 } : {},
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

/** Who follows says nothing of how far it has come, so nobody is known to have come far enough. */
function wait(call: Call): void {
  call.integer(1);
  toTimeoutInMs(call.arg(2));
  call.reply.integer(0);
}

const shared = { keys: NO_KEYS, group: "server", flags: ["loading", "stale"] as const };

export const SERVER_COMMANDS: Command[] = [
  { ...shared, name: "info", arity: -1, run: info },
  { ...shared, name: "time", arity: 1, flags: ["loading", "stale", "fast"], run: time },
  // Everything is on disk before it is answered: there is nothing to wait for.
  {
    ...shared,
    name: "save",
    arity: 1,
    flags: ["admin", "noscript", "no_multi"],
    run: ({ reply }) => reply.ok(),
  },
  // A node has no process of its own that could end.
  {
    ...{ ...shared, name: "shutdown", arity: -1, flags: ["admin", "noscript", "no_multi"] },
    run: ({ reply }) => reply.error("ERR Errors trying to SHUTDOWN. Check logs."),
  },
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
  { ...shared, name: "wait", arity: 3, flags: ["noscript", "blocking"], run: wait },
];
