import { bitLibrary } from "./bit-library.ts";
import { cjsonLibrary } from "./cjson-library.ts";
import type { LuaModules } from "./lua-instance.ts";
import { Lua, type LuaFunction } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";
import { PRELUDE, PRELUDE_NAME } from "./prelude.ts";
import { redisLibrary, type ScriptContext } from "./redis-library.ts";

/** What scripts are called in errors. */
const SCRIPT_NAME = "user_script";
/** Lua's own code, which is not checked and could do anything to its memory, begins with this. */
const COMPILED_MARK = "\x1b";

const isCompiled = (text: string | null): boolean => text?.startsWith(COMPILED_MARK) ?? false;

/** Where and why a script failed. */
export interface ScriptFailure {
  message: string;
  /** Null when the failure is nowhere in the script, such as too little memory. */
  place: { source: string; line: string } | null;
}

/** A Lua with Redis's libraries, in which scripts are compiled once and run one after the other. */
export class Sandbox {
  readonly #lua: Lua;
  /** Compiled scripts by their hash, as kept references. */
  readonly #compiled = new Map<string, number>();
  #context: ScriptContext | null = null;
  #runReference = 0;
  #globalsReference = 0;

  /** @throws when the interpreter cannot be started. */
  constructor(modules: LuaModules) {
    this.#lua = new Lua(modules);
    const failure = this.#lua.protect(() => this.#open());
    if (failure !== null) throw new Error(`Lua's libraries cannot be opened: ${failure}`);
  }

  /** Compiles a script unless that is done. Null, or why it cannot be compiled. */
  compile(hash: string, source: string): string | null {
    if (this.#compiled.has(hash)) return null;
    if (isCompiled(source)) return "compiled code is not allowed";
    let complaint: string | null = null;
    const failure = this.#lua.protect(() => {
      complaint = this.#lua.load(source, SCRIPT_NAME);
      if (complaint === null) this.#compiled.set(hash, this.#lua.keep());
    });
    return complaint ?? failure;
  }

  get memoryBytes(): number {
    return this.#lua.memoryBytes;
  }

  forget(hash: string): void {
    const reference = this.#compiled.get(hash);
    if (reference !== undefined) this.#lua.release(reference);
    this.#compiled.delete(hash);
  }

  /**
   * Runs a compiled script. Null, or how it failed.
   * @param onResult called with the result on top of Lua's stack; what it throws as LuaError is a failure too.
   * @throws LuaBroken: this sandbox is of no more use.
   */
  run(
    hash: string,
    context: ScriptContext,
    variables: Record<string, readonly string[]>,
    onResult: (lua: Lua) => void,
    limit: { instructions: number; complaint: string },
  ): ScriptFailure | null {
    const lua = this.#lua;
    let failure: ScriptFailure | null = null;
    this.#context = context;
    lua.limitInstructions(limit.instructions, limit.complaint);
    const trouble = lua.protect(() => {
      this.#setVariables(variables);
      lua.pushKept(this.#runReference);
      lua.pushKept(this.#compiled.get(hash) as number);
      lua.call(1, 2);
      if (lua.boolean(-2)) onResult(lua);
      else failure = this.#readFailure();
    });
    this.#context = null;
    return trouble === null ? failure : { message: trouble, place: null };
  }

  #open(): void {
    const lua = this.#lua;
    lua.openLibraries();
    const complaint = lua.load(PRELUDE, PRELUDE_NAME);
    if (complaint !== null) throw new LuaError(complaint);
    this.#pushLibraries();
    lua.pushFunction(() => {
      lua.pushBoolean(isCompiled(lua.text(1)));
      return 1;
    });
    lua.call(2, 2);
    this.#globalsReference = lua.keep();
    this.#runReference = lua.keep();
  }

  #pushLibraries(): void {
    const lua = this.#lua;
    const redis = redisLibrary(lua, () => this.#runningContext());
    lua.pushTable();
    this.#pushLibrary(redis.functions);
    for (const [name, value] of Object.entries(redis.constants)) {
      if (typeof value === "number") lua.pushNumber(value);
      else lua.pushText(value);
      lua.setField(name);
    }
    lua.setField("redis");
    this.#pushLibrary(cjsonLibrary(lua));
    lua.pushNull();
    lua.setField("null");
    lua.setField("cjson");
    this.#pushLibrary(bitLibrary(lua));
    lua.setField("bit");
  }

  #pushLibrary(functions: Record<string, LuaFunction>): void {
    this.#lua.pushTable();
    for (const [name, fn] of Object.entries(functions)) {
      this.#lua.pushFunction(fn);
      this.#lua.setField(name);
    }
  }

  #runningContext(): ScriptContext {
    if (this.#context === null) throw new Error("a script runs outside of a command");
    return this.#context;
  }

  #setVariables(variables: Record<string, readonly string[]>): void {
    const lua = this.#lua;
    lua.pushKept(this.#globalsReference);
    for (const [name, texts] of Object.entries(variables)) {
      lua.pushTable(texts.length);
      texts.forEach((text, index) => {
        lua.pushText(text);
        lua.setItem(index + 1);
      });
      lua.setField(name);
    }
  }

  /** Of the error that is on top of the stack, as the prelude leaves it. */
  #readFailure(): ScriptFailure {
    const lua = this.#lua;
    const message = lua.errorText(-1);
    if (lua.type(-1) !== "table") return { message, place: null };
    const field = (name: string): string | null => {
      lua.pushField(-1, name);
      const text = lua.text(-1);
      lua.pop(1);
      return text;
    };
    const [source, line] = [field("source"), field("line")];
    return { message, place: source !== null && line !== null ? { source, line } : null };
  }
}
