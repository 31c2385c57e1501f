import { type Call, type Command, NO_KEYS } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";

/** There are no stored functions: they can be listed and flushed, not loaded. */
function manageFunctions(call: Call): void {
  const { reply } = call;
  switch (call.option(1)) {
    case "FLUSH":
      return reply.ok();
    case "LIST":
      return reply.array(0);
    default:
      throw new RedisError(`ERR unknown subcommand '${call.arg(1)}'. Functions are not supported.`);
  }
}

export const FUNCTION_COMMANDS: Command[] = [
  {
    name: "function",
    arity: -2,
    flags: ["noscript"],
    keys: NO_KEYS,
    group: "scripting",
    run: manageFunctions,
  },
];
