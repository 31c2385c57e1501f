import { type Call, type Command, countedKeys, type Flag, NO_KEYS } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";
import { toInteger } from "../engine/numbers.ts";

/** The keys and the other arguments of a script. @throws RedisError */
function readArguments(call: Call): { keys: string[]; rest: string[] } {
  const count = toInteger(call.arg(2));
  const values = call.args.slice(3);
  if (count > values.length) throw new RedisError("ERR Number of keys can't be greater than number of args");
  if (count < 0) throw new RedisError("ERR Number of keys can't be negative");
  return { keys: values.slice(0, count), rest: values.slice(count) };
}

/** EVAL and the like. Only what the script's commands did goes into the log. */
const evaluate =
  (toHash: (call: Call) => string, mayWrite: boolean) =>
  (call: Call): void => {
    call.logAs();
    const { keys, rest } = readArguments(call);
    const hash = toHash(call);
    call.engine.scripts.run(call, hash, keys, rest, mayWrite);
  };

const ofSource = (call: Call): string => call.engine.scripts.load(call.arg(1));
const ofHash = (call: Call): string => call.arg(1).toLowerCase();

function manageScripts(call: Call): void {
  const { reply } = call;
  const { scripts } = call.engine;
  switch (call.option(1)) {
    case "LOAD":
      return reply.bulk(scripts.load(call.arg(2)));
    case "EXISTS":
      reply.array(call.args.length - 2);
      for (const hash of call.args.slice(2)) reply.flag(scripts.has(hash.toLowerCase()));
      return;
    case "FLUSH":
      flush(call);
      return;
    case "KILL":
      // While a script runs nobody is heard, so whoever is heard finds none.
      throw new RedisError("NOTBUSY No scripts in execution right now.");
    default:
      throw new RedisError(`ERR unknown subcommand '${call.arg(1)}'. Try SCRIPT HELP.`);
  }
}

function flush(call: Call): void {
  const mode = call.option(2);
  if (call.args.length > 3 || (mode !== undefined && mode !== "SYNC" && mode !== "ASYNC")) {
    throw new RedisError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  }
  call.engine.scripts.flush();
  call.reply.ok();
}

const flags: readonly Flag[] = ["noscript", "stale", "skip_monitor", "no_mandatory_keys", "movablekeys"];
const evaluating = { arity: -3, flags, keys: countedKeys(2), group: "scripting" };
const readingOnly = { ...evaluating, flags: ["readonly", ...flags] as readonly Flag[] };

export const SCRIPTING_COMMANDS: Command[] = [
  { ...evaluating, name: "eval", run: evaluate(ofSource, true) },
  { ...evaluating, name: "evalsha", run: evaluate(ofHash, true) },
  { ...readingOnly, name: "eval_ro", run: evaluate(ofSource, false) },
  { ...readingOnly, name: "evalsha_ro", run: evaluate(ofHash, false) },
  {
    name: "script",
    arity: -2,
    flags: ["noscript"],
    keys: NO_KEYS,
    subcommands: { load: 3, exists: -3, flush: -2, kill: 2 },
    group: "scripting",
    run: manageScripts,
  },
];
