import { ALL_KEYS, type Call, type Command, NO_KEYS } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";
import type { Client } from "../engine/client.ts";

function begin({ client, reply }: Call): void {
  if (client.queued !== null) throw new RedisError("ERR MULTI calls can not be nested");
  client.queued = [];
  reply.ok();
}

function discard({ client, reply }: Call): void {
  if (client.queued === null) throw new RedisError("ERR DISCARD without MULTI");
  client.leaveTransaction();
  client.forgetWatched();
  reply.ok();
}

/** Whether a watched key has changed, or its time has come since it was watched. */
function wasTouched(client: Client, now: number): boolean {
  if (client.isTouched) return true;
  for (const { database, key, wasExpired } of client.watched) {
    const at = database.expiryOf(key);
    if (!wasExpired && at !== undefined && at <= now) return true;
  }
  return false;
}

function execute(call: Call): void {
  const { client, engine, reply } = call;
  // Its commands are logged one by one.
  call.logAs();
  const { queued, hasQueueError } = client;
  if (queued === null) throw new RedisError("ERR EXEC without MULTI");
  const touched = wasTouched(client, engine.now);
  client.forgetWatched();
  if (hasQueueError || touched) {
    client.leaveTransaction();
    if (hasQueueError) throw new RedisError("EXECABORT Transaction discarded because of previous errors.");
    return reply.nullArray();
  }
  reply.array(queued.length);
  // The transaction stays open meanwhile: its commands wait for nothing.
  engine.atOnce(() => {
    for (const args of queued) {
      const command = engine.find(args[0] as string);
      if (command) engine.run(client, command, args);
    }
  });
  client.leaveTransaction();
}

function watch({ client, args, database, reply }: Call): void {
  if (client.queued !== null) throw new RedisError("ERR WATCH inside MULTI is not allowed");
  for (const key of args.slice(1)) database.watch(client, key);
  reply.ok();
}

function unwatch({ client, reply }: Call): void {
  client.forgetWatched();
  reply.ok();
}

const shared = {
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"] as const,
  keys: NO_KEYS,
  group: "transactions",
};

export const TRANSACTION_COMMANDS: Command[] = [
  { ...shared, name: "multi", run: begin },
  { ...shared, name: "exec", flags: ["noscript", "loading", "stale"], run: execute },
  { ...shared, name: "discard", run: discard },
  { ...shared, name: "watch", arity: -2, keys: ALL_KEYS, run: watch },
  { ...shared, name: "unwatch", run: unwatch },
];
