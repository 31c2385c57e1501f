import { LRUCache } from "lru-cache";
import { Client } from "../engine/client.ts";
import type { Call, ScriptRunner } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";
import { LUA_MEMORY_MAX_BYTES, type LuaModules } from "./lua-instance.ts";
import { writeValue } from "./lua-to-reply.ts";
import { OUT_OF_MEMORY } from "./redis-library.ts";
import { Sandbox, type ScriptFailure } from "./sandbox.ts";
import { sha1 } from "./sha1.ts";
import { readShebang, type ScriptFlags } from "./shebang.ts";

/**
 * Instructions of Lua that a script may execute, give or take 10,000; some seconds. Redis lets an operator stop
 * a script that takes too long; here nobody could be heard meanwhile. Clocks stand still while a Worker computes.
 */
export const SCRIPT_INSTRUCTIONS_MAX = 100_000_000;
/** Scripts that are remembered; of more, the ones that were not used for longest are forgotten. */
export const SCRIPTS_KEPT_MAX = 1_000;

/** A Lua that has taken more memory, in bytes, than it begins with gives it back only by being started anew. */
const MEMORY_KEPT_MAX_BYTES = 16 * 1024 * 1024;

interface Script {
  source: string;
  flags: ScriptFlags;
}

/**
 * The scripts that were loaded, and the Lua that runs them, which is started with the first one. They are not on
 * disk: after a restart they are unknown, as with Redis, and clients send them again. What a script writes
 * is logged as the commands that it ran.
 */
export class Scripts implements ScriptRunner {
  readonly #modules: LuaModules;
  readonly #scripts = new LRUCache<string, Script>({
    max: SCRIPTS_KEPT_MAX,
    dispose: (_script, hash) => this.#sandbox?.forget(hash),
  });
  #sandbox: Sandbox | null = null;

  constructor(modules: LuaModules) {
    this.#modules = modules;
  }

  has(hash: string): boolean {
    return this.#scripts.has(hash);
  }

  load(source: string): string {
    const hash = sha1(source);
    if (this.#scripts.has(hash)) return hash;
    const { program, flags } = readShebang(source);
    const complaint = this.#withSandbox((sandbox) => sandbox.compile(hash, program));
    if (complaint !== null) throw new RedisError(`ERR Error compiling script (new function): ${complaint}`);
    this.#scripts.set(hash, { source: program, flags });
    return hash;
  }

  flush(): void {
    this.#scripts.clear();
    // Whatever scripts have left in its memory goes with it.
    this.#sandbox = null;
  }

  run(call: Call, hash: string, keys: string[], args: string[], mayWrite: boolean): void {
    const script = this.#scripts.get(hash);
    if (!script) throw new RedisError("NOSCRIPT No matching script. Please use EVAL.");
    const { engine, reply } = call;
    const { isReadOnly, whenFull } = script.flags;
    const isFull = engine.memory.maxBytes > 0 && engine.memory.isFull(engine.now);
    if (isFull && whenFull === "none") throw new RedisError(OUT_OF_MEMORY);
    const client = new Client(call.client.id, engine.now, { canWait: false, isAuthenticated: true });
    client.database = call.client.database;
    client.mayWrite = call.client.mayWrite;
    client.reply.maxBytes = LUA_MEMORY_MAX_BYTES;
    const mark = call.client.markReply();
    const failure = this.#withSandbox((sandbox) => {
      // It is there unless the sandbox had to be started anew since.
      const complaint = sandbox.compile(hash, script.source);
      if (complaint !== null) return { message: `ERR ${complaint}`, place: null };
      return sandbox.run(
        hash,
        { engine, client, isReadOnly: isReadOnly || !mayWrite, mayGrow: !isFull || whenFull === "all" },
        { KEYS: keys, ARGV: args },
        (lua) => writeValue(lua, reply, client.reply.version),
        {
          instructions: SCRIPT_INSTRUCTIONS_MAX,
          complaint: `Script took more than ${SCRIPT_INSTRUCTIONS_MAX} instructions`,
        },
      );
    });
    if (failure === null) return;
    call.client.dropReply(mark);
    throw new RedisError(describe(failure, hash));
  }

  /** With a fresh sandbox next time, if this one breaks or has grown. */
  #withSandbox<T>(work: (sandbox: Sandbox) => T): T {
    const sandbox = this.#sandbox ?? new Sandbox(this.#modules);
    this.#sandbox = null;
    const result = work(sandbox);
    if (sandbox.memoryBytes <= MEMORY_KEPT_MAX_BYTES) this.#sandbox = sandbox;
    return result;
  }
}

function describe({ message, place }: ScriptFailure, hash: string): string {
  return place === null
    ? `${message} script: ${hash}`
    : `${message} script: ${hash}, on ${place.source}:${place.line}.`;
}
