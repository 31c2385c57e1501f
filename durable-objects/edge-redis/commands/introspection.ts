import { type Call, type Command, keysOf, NO_KEYS } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";

/** One command as COMMAND INFO tells it. */
function describe({ reply }: Call, command: Command): void {
  const { name, arity, flags, keys } = command;
  reply.array(10);
  reply.bulk(name);
  reply.integer(arity);
  reply.set(flags.length);
  for (const flag of flags) reply.status(flag);
  for (const position of [keys.first, keys.last, keys.step]) reply.integer(position);
  reply.set(2);
  reply.status(`@${command.group.replace("_", "")}`);
  reply.status(flags.includes("write") ? "@write" : "@read");
  for (let empty = 0; empty < 3; empty++) reply.array(0);
}

function documentation(call: Call, names: readonly string[]): void {
  const { reply } = call;
  const commands = names
    .map((name) => call.engine.commands.get(name))
    .filter((command) => command !== undefined);
  reply.map(commands.length);
  for (const { name, group } of commands) {
    reply.bulk(name);
    reply.map(1);
    reply.bulk("group");
    reply.bulk(group.replace("_", "-"));
  }
}

function keysIn(call: Call): void {
  const args = call.args.slice(2);
  const command = call.engine.find(args[0] ?? "");
  if (!command) throw new RedisError("ERR Invalid command specified");
  const isShort = command.arity > 0 ? args.length !== command.arity : args.length < -command.arity;
  if (isShort) throw new RedisError("ERR Invalid number of arguments specified for command");
  const keys = keysOf(command, args);
  if (keys.length === 0) throw new RedisError("ERR The command has no key arguments");
  call.reply.bulks(keys);
}

function introspect(call: Call): void {
  const { reply } = call;
  const names = call.args.slice(2).map((name) => name.toLowerCase());
  switch (call.option(1)) {
    case undefined:
      reply.array(call.engine.commands.size);
      for (const command of call.engine.commands.values()) describe(call, command);
      return;
    case "COUNT":
      return reply.integer(call.engine.commands.size);
    case "LIST":
      return reply.bulks([...call.engine.commands.keys()]);
    case "INFO": {
      const wanted = names.length > 0 ? names : [...call.engine.commands.keys()];
      reply.array(wanted.length);
      for (const name of wanted) {
        const command = call.engine.commands.get(name);
        if (command) describe(call, command);
        else reply.nullArray();
      }
      return;
    }
    case "DOCS":
      return documentation(call, names.length > 0 ? names : [...call.engine.commands.keys()]);
    case "GETKEYS":
      return keysIn(call);
    default:
      throw new RedisError(`ERR unknown subcommand '${call.arg(1)}'. Try COMMAND HELP.`);
  }
}

export const INTROSPECTION_COMMANDS: Command[] = [
  {
    name: "command",
    arity: -1,
    flags: ["loading", "stale"],
    keys: NO_KEYS,
    group: "server",
    run: introspect,
  },
];
