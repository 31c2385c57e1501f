import { REDIS_VERSION } from "../commands/connection.ts";
import { isForReaders, problemWithArguments } from "../engine/admission.ts";
import type { Client } from "../engine/client.ts";
import type { CommandHost } from "../engine/command.ts";
import { formatDouble } from "../engine/numbers.ts";
import { log } from "../../../workers/shared/log.ts";
import type { Lua, LuaFunction } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";
import { pushReply } from "./reply-to-lua.ts";
import { sha1 } from "./sha1.ts";

/** What the script that runs may do, and as whom. */
export interface ScriptContext {
  engine: CommandHost;
  /** The script's own: what it selects and which protocol it speaks is not the caller's affair. */
  client: Client;
  isReadOnly: boolean;
  /** Whether commands that need more memory may run. */
  mayGrow: boolean;
}

export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

/** What one call of `redis.log` writes at most, in bytes. */
export const LOG_MESSAGE_MAX_BYTES = 1024;

/** Levels of `redis.log`. */
const LOG_LEVELS = { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 };
/** Effects are always logged, whatever a script asks for: these numbers only have to be there. */
const REPLICATION = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 };

/** The version in one number, a byte for each of its parts. */
const VERSION = {
  REDIS_VERSION,
  REDIS_VERSION_NUM: REDIS_VERSION.split(".").reduce((number, part) => number * 256 + Number(part), 0),
};

const complaint = (message: string) => new LuaError(`ERR ${message}`, true);

/** What the table `redis` has in it. @param context of the script that runs now. */
export function redisLibrary(
  lua: Lua,
  context: () => ScriptContext,
): { functions: Record<string, LuaFunction>; constants: Record<string, number | string> } {
  const functions: Record<string, LuaFunction> = {
    call: () => {
      const reply = execute(lua, context());
      if (reply.startsWith("-")) throw new LuaError(reply.slice(1, reply.indexOf("\r\n")), true);
      pushReply(lua, reply);
      return 1;
    },
    pcall: () => {
      pushReply(lua, tryExecute(lua, context()));
      return 1;
    },
    error_reply: () => pushSingleField(lua, "err", withCode),
    status_reply: () => pushSingleField(lua, "ok", (text) => text),
    sha1hex: () => {
      if (lua.top !== 1) throw complaint("wrong number of arguments");
      lua.pushText(sha1(lua.text(1) ?? ""));
      return 1;
    },
    log: () => logMessage(lua),
    setresp: () => {
      if (lua.top !== 1) throw complaint("redis.setresp() requires one argument.");
      const version = lua.number(1);
      if (version !== 2 && version !== 3) throw complaint("RESP version must be 2 or 3.");
      context().client.reply.version = version;
      return 0;
    },
    acl_check_cmd: () => {
      const [name = ""] = readArguments(lua, "redis.acl_check_cmd()");
      if (!context().engine.find(name)) throw complaint("Invalid command passed to redis.acl_check_cmd()");
      lua.pushBoolean(true);
      return 1;
    },
    replicate_commands: () => {
      lua.pushBoolean(true);
      return 1;
    },
    set_repl: () => 0,
    breakpoint: () => {
      lua.pushBoolean(false);
      return 1;
    },
    debug: () => 0,
  };
  return { functions, constants: { ...LOG_LEVELS, ...REPLICATION, ...VERSION } };
}

function tryExecute(lua: Lua, context: ScriptContext): string {
  try {
    return execute(lua, context);
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return `-${error.message}\r\n`;
  }
}

/** Runs one command of a script and returns its reply in RESP. @throws LuaError when it may not run at all. */
function execute(lua: Lua, { engine, client, isReadOnly, mayGrow }: ScriptContext): string {
  const args = readArguments(lua, "this redis lib call");
  // They may fill the stack, and the reply needs room.
  lua.clear();
  const command = engine.find(args[0] as string);
  const problem = command ? problemWithArguments(command, args) : null;
  if (!command || problem?.kind === "unknown subcommand")
    throw complaint("Unknown Redis command called from script");
  if (problem) throw complaint("Wrong number of args calling Redis command from script");
  if (command.flags.includes("noscript")) throw complaint("This Redis command is not allowed from script");
  if (isReadOnly && command.flags.includes("write"))
    throw complaint("Write commands are not allowed from read-only scripts.");
  if (!client.mayWrite && !isForReaders(command))
    throw complaint("The user executing the script can't run this command or subcommand");
  if (!mayGrow && command.flags.includes("denyoom")) throw new LuaError(OUT_OF_MEMORY, true);
  const refusal = engine.ring?.refusalInScript(command, args) ?? null;
  if (refusal !== null) throw complaint(refusal);
  engine.run(client, command, args);
  return client.takeOutput();
}

function readArguments(lua: Lua, callee: string): string[] {
  const count = lua.top;
  if (count === 0) throw complaint(`Please specify at least one argument for ${callee}`);
  return Array.from({ length: count }, (_, index) => {
    if (lua.type(index + 1) === "number") return formatDouble(lua.number(index + 1));
    const text = lua.type(index + 1) === "string" ? lua.text(index + 1) : null;
    if (text === null) throw complaint("Lua redis lib command arguments must be strings or integers");
    return text;
  });
}

function pushSingleField(lua: Lua, field: string, toValue: (text: string) => string): number {
  const text = lua.top === 1 && lua.type(1) === "string" ? lua.text(1) : null;
  lua.pushTable();
  lua.pushText(text === null ? "ERR wrong number or type of arguments" : toValue(text));
  lua.setField(text === null ? "err" : field);
  return 1;
}

/** An error is a code and a message; what is one word has the general code. */
function withCode(text: string): string {
  const error = text.startsWith("-") ? text.slice(1) : text;
  return error.includes(" ") ? error : `ERR ${error}`;
}

function logMessage(lua: Lua): number {
  if (lua.top < 2) throw complaint("redis.log() requires two arguments or more.");
  if (lua.type(1) !== "number") throw complaint("First argument must be a number (log level).");
  const level = lua.number(1);
  if (level < LOG_LEVELS.LOG_DEBUG || level > LOG_LEVELS.LOG_WARNING) throw complaint("Invalid debug level.");
  if (level < LOG_LEVELS.LOG_NOTICE) return 0;
  const words = Array.from({ length: lua.top - 1 }, (_, index) => lua.text(index + 2) ?? "");
  log.info("redis_script", { message: words.join(" ").slice(0, LOG_MESSAGE_MAX_BYTES) });
  return 0;
}
