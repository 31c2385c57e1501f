import { type Call, type Command, NO_KEYS } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";

function confirm({ client, reply }: Call, kind: string, topic: string | null): void {
  reply.push(3);
  reply.bulk(kind);
  reply.bulkOrNull(topic);
  reply.integer(client.channels.size + client.patterns.size);
}

const subscribe =
  (kind: "subscribe" | "psubscribe") =>
  (call: Call): void => {
    const { client, engine } = call;
    if (!client.canWait) throw new RedisError(`ERR ${kind.toUpperCase()} needs a connection of its own`);
    for (const topic of call.args.slice(1)) {
      if (kind === "subscribe") engine.pubSub.subscribe(client, topic);
      else engine.pubSub.subscribePattern(client, topic);
      confirm(call, kind, topic);
    }
  };

const unsubscribe =
  (kind: "unsubscribe" | "punsubscribe") =>
  (call: Call): void => {
    const { client, engine } = call;
    const known = kind === "unsubscribe" ? client.channels : client.patterns;
    const topics = call.args.length > 1 ? call.args.slice(1) : [...known];
    if (topics.length === 0) confirm(call, kind, null);
    for (const topic of topics) {
      if (kind === "unsubscribe") engine.pubSub.unsubscribe(client, topic);
      else engine.pubSub.unsubscribePattern(client, topic);
      confirm(call, kind, topic);
    }
  };

function publish(call: Call): void {
  const { engine, database, reply } = call;
  reply.integer(engine.pubSub.publish(call.arg(1), call.arg(2)));
  engine.replication.note(database.index, [call.args]);
}

function inspect(call: Call): void {
  const { engine, reply } = call;
  const subcommand = call.option(1);
  if (subcommand === "CHANNELS" && call.args.length <= 3)
    return reply.bulks(engine.pubSub.channels(call.args[2]));
  if (subcommand === "NUMPAT" && call.args.length === 2) return reply.integer(engine.pubSub.patternCount);
  if (subcommand === "NUMSUB") {
    const channels = call.args.slice(2);
    reply.array(channels.length * 2);
    for (const channel of channels) {
      reply.bulk(channel);
      reply.integer(engine.pubSub.listeners(channel));
    }
    return;
  }
  throw new RedisError(
    `ERR unknown subcommand or wrong number of arguments for '${call.arg(1)}'. Try PUBSUB HELP.`,
  );
}

const shared = { flags: ["pubsub", "noscript", "loading", "stale"] as const, keys: NO_KEYS, group: "pubsub" };

export const PUB_SUB_COMMANDS: Command[] = [
  { ...shared, name: "subscribe", arity: -2, run: subscribe("subscribe") },
  { ...shared, name: "psubscribe", arity: -2, run: subscribe("psubscribe") },
  { ...shared, name: "unsubscribe", arity: -1, run: unsubscribe("unsubscribe") },
  { ...shared, name: "punsubscribe", arity: -1, run: unsubscribe("punsubscribe") },
  { ...shared, name: "publish", arity: 3, flags: ["pubsub", "loading", "stale", "fast"], run: publish },
  { ...shared, name: "pubsub", arity: -2, run: inspect },
];
