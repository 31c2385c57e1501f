import type { Client } from "./client.ts";
import type { Command, CommandHost } from "./command.ts";
import { wrongArity } from "./errors.ts";

/** Bytes of an unknown command's arguments that are repeated to who sent it. */
const UNKNOWN_ARGUMENTS_MAX = 128;

/** Commands for RESP2 clients that listen to channels. */
const WHILE_SUBSCRIBED = new Set([
  ...["subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe"],
  ...["ping", "quit", "reset"],
]);

const FOR_EVERYBODY = new Set(["ping", "echo"]);
const LISTS_KEYS = new Set(["keys", "scan", "randomkey"]);

/** Why a client may not execute a command now, as it is told; null when it may. */
export function complaintAbout(
  engine: CommandHost,
  client: Client,
  command: Command,
  args: readonly string[],
): string | null {
  const { name, flags } = command;
  const problem = problemWithArguments(command, args);
  if (problem?.kind === "unknown subcommand") {
    return `ERR unknown subcommand '${args[1]?.slice(0, UNKNOWN_ARGUMENTS_MAX)}'. Try ${name.toUpperCase()} HELP.`;
  }
  if (problem) return wrongArity(problem.of).message;
  if (!client.isAuthenticated && !flags.includes("no_auth")) return "NOAUTH Authentication required.";
  if (!client.mayWrite && !isForReaders(command)) {
    return `NOPERM this user has no permissions to run the '${name}' command`;
  }
  if (client.queued !== null && flags.includes("no_multi")) {
    return "ERR Command not allowed inside a transaction";
  }
  if (
    engine.memory.maxBytes > 0 &&
    needsMemory(engine, client, command) &&
    engine.memory.isFull(engine.now)
  ) {
    return "OOM command not allowed when used memory > 'maxmemory'.";
  }
  if (client.reply.version === 2 && client.isSubscribed && !WHILE_SUBSCRIBED.has(name)) {
    return `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
  }
  return null;
}

/** Arguments with which a command cannot be run at all: too few or too many, or a subcommand that is none. */
type ArgumentsProblem = { kind: "unknown subcommand" } | { kind: "number"; of: string };

export function problemWithArguments(
  { name, arity, subcommands }: Command,
  args: readonly string[],
): ArgumentsProblem | null {
  if (!fits(arity, args)) return { kind: "number", of: name };
  const subcommand = args[1]?.toLowerCase();
  if (!subcommands || subcommand === undefined) return null;
  const ownArity = Object.hasOwn(subcommands, subcommand) ? subcommands[subcommand] : undefined;
  if (ownArity === undefined) return { kind: "unknown subcommand" };
  return fits(ownArity, args) ? null : { kind: "number", of: `${name}|${subcommand}` };
}

/** Whether a command, or one that it would execute, may make the data grow. */
function needsMemory(engine: CommandHost, client: Client, command: Command): boolean {
  if (command.name !== "exec") return command.flags.includes("denyoom");
  return (client.queued ?? []).some(([name = ""]) => engine.find(name)?.flags.includes("denyoom"));
}

/** Reads a bounded number of keys, or none. Whoever may only read may not list them all, nor by a script. */
export function isForReaders({ name, group, flags }: Command): boolean {
  if (group === "transactions" || FOR_EVERYBODY.has(name)) return true;
  return flags.includes("readonly") && !LISTS_KEYS.has(name);
}

const fits = (arity: number, { length }: readonly string[]): boolean =>
  arity > 0 ? length === arity : length >= -arity;

/** What is said to a command that is not there. */
export function unknownCommand([name = "", ...rest]: string[]): string {
  let words = "";
  for (const arg of rest) {
    if (words.length >= UNKNOWN_ARGUMENTS_MAX) break;
    words += `'${arg.slice(0, UNKNOWN_ARGUMENTS_MAX - words.length)}' `;
  }
  return `ERR unknown command '${name.slice(0, UNKNOWN_ARGUMENTS_MAX)}', with args beginning with: ${words}`;
}
