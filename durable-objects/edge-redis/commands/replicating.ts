import { type Call, type Command, NO_KEYS } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";
import { rdbFile } from "../rdb/writer.ts";

/** Everything as it is now, as a file, and from then on everything that changes. */
function sync({ engine, client, reply }: Call): void {
  // What comes after the file is no reply.
  if (!client.canWait) throw new RedisError("ERR SYNC needs a connection of its own");
  const file = [...rdbFile(engine.databases)].join("");
  reply.text += `$${file.length}\r\n${file}`;
  engine.replication.add(client);
}

const REPLICATION_ID_CHARS = 40;

/** There is no backlog: whoever comes back begins anew. */
function partialSync(call: Call): void {
  if (!call.client.canWait) throw new RedisError("ERR PSYNC needs a connection of its own");
  call.reply.status(`FULLRESYNC ${"0".repeat(REPLICATION_ID_CHARS)} 0`);
  sync(call);
}

/** What a replica says of itself; how far it has come is not asked and not answered. */
function hearReplica(call: Call): void {
  // Over a connection nobody waits for an answer to this one.
  if (call.option(1) !== "ACK" || !call.client.canWait) call.reply.ok();
}

/** A node keeps its own data: it follows nobody, and can only be told so. */
function follow(call: Call): void {
  if (call.option(1) !== "NO" || call.option(2) !== "ONE")
    throw new RedisError("ERR a node of Edge Redis follows nobody; only REPLICAOF NO ONE is possible");
  call.reply.ok();
}

function role({ reply }: Call): void {
  reply.array(3);
  reply.bulk("master");
  reply.integer(0);
  reply.array(0);
}

const shared = { keys: NO_KEYS, group: "server", flags: ["admin", "noscript", "no_multi"] as const };

export const REPLICATION_COMMANDS: Command[] = [
  { ...shared, name: "sync", arity: 1, run: sync },
  { ...shared, name: "psync", arity: -3, run: partialSync },
  {
    ...shared,
    name: "replconf",
    arity: -1,
    flags: ["admin", "noscript", "loading", "stale"],
    run: hearReplica,
  },
  { ...shared, name: "replicaof", arity: 3, flags: ["admin", "noscript", "stale"], run: follow },
  { ...shared, name: "slaveof", arity: 3, flags: ["admin", "noscript", "stale"], run: follow },
  { ...shared, name: "role", arity: 1, flags: ["noscript", "loading", "stale", "fast"], run: role },
];
