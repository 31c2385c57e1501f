import { LuaBroken, LuaError } from "./lua-errors.ts";
import { instantiateLua, type LuaInstance, type LuaModules } from "./lua-instance.ts";
import { LuaStack } from "./lua-stack.ts";

const REGISTRY = -10_000;
/** The first value that a C function was made with. */
const UPVALUE_1 = -10_003;
const MASK_COUNT = 8;
/** How often the instructions are counted. */
const HOOK_INSTRUCTIONS = 10_000;

/** A function that Lua can call: its arguments are on the stack from 1 on. Returns how many results it pushed. */
export type LuaFunction = () => number;

/**
 * A Lua with its stack. What may fail in Lua has to run inside `protect`: even pushing a text may find no memory.
 */
export class Lua extends LuaStack {
  readonly #lua: LuaInstance;
  readonly #functions: LuaFunction[] = [];
  #instructionsLeft = Number.POSITIVE_INFINITY;
  #tooLong = "";

  constructor(modules: LuaModules) {
    const lua = instantiateLua(modules, {
      call: (state) => this.#call(state),
      hook: (state) => this.#count(state),
    });
    super(lua.api);
    this.#lua = lua;
  }

  /**
   * Runs work that may fail in Lua, and leaves the stack as it was. Null, or the error with its code in front.
   * @throws LuaBroken, and whatever else is no error of Lua's.
   */
  protect(work: () => void): string | null {
    const top = this.api.lua_gettop(this.state);
    const outer = this.#functions[0];
    this.#functions[0] = () => {
      work();
      return 0;
    };
    try {
      if (this.api.lua_cpcall(this.state, this.#lua.call, 0) === 0) return null;
      return this.errorText(-1);
    } catch (error) {
      // Lua's last resort is to end the process, which the host refuses.
      throw typeof error === "number" ? new LuaBroken("an error that nobody caught") : error;
    } finally {
      this.#functions[0] = outer as LuaFunction;
      this.api.lua_settop(this.state, top);
    }
  }

  /** Bytes that it has taken; they are never given back. */
  get memoryBytes(): number {
    return this.api.memory.buffer.byteLength;
  }

  /** From here on only so many instructions are executed, roughly; what comes later fails with `complaint`. */
  limitInstructions(count: number, complaint: string): void {
    this.#instructionsLeft = count;
    this.#tooLong = complaint;
    this.api.lua_sethook(this.state, this.#lua.hook, MASK_COUNT, Math.min(count, HOOK_INSTRUCTIONS));
  }

  openLibraries(): void {
    for (const name of ["base", "table", "string", "math", "debug"] as const) {
      this.api[`luaopen_${name}`](this.state);
    }
  }

  /**
   * Pushes a program as a function, without running it. Null, or why it is none; then nothing is pushed.
   * @param name what the program is called in errors.
   */
  load(source: string, name: string): string | null {
    const text = this.store(`${source}@${name}\0`);
    let failed: number;
    try {
      failed = this.api.luaL_loadbuffer(this.state, text, source.length, text + source.length);
    } finally {
      this.api.free(text);
    }
    if (failed === 0) return null;
    const complaint = this.text(-1) ?? "unknown error";
    this.pop(1);
    return complaint;
  }

  /** Calls the function below its arguments; its results take their place. */
  call(args: number, results: number): void {
    this.api.lua_call(this.state, args, results);
  }

  /** Takes the value on top and keeps it under a number. */
  keep(): number {
    return this.api.luaL_ref(this.state, REGISTRY);
  }

  pushKept(reference: number): void {
    this.api.lua_rawgeti(this.state, REGISTRY, reference);
  }

  release(reference: number): void {
    this.api.luaL_unref(this.state, REGISTRY, reference);
  }

  pushFunction(fn: LuaFunction): void {
    // The first place is for what `protect` runs, which is called without a number.
    this.#functions[0] ??= () => 0;
    this.pushNumber(this.#functions.push(fn) - 1);
    this.api.lua_pushcclosure(this.state, this.#lua.call, 1);
  }

  #call(state: number): number {
    const outer = this.state;
    this.state = state;
    try {
      const fn = this.#functions[this.api.lua_tonumber(state, UPVALUE_1)] as LuaFunction;
      return fn();
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      this.#pushError(error);
      return this.api.lua_error(state);
    } finally {
      this.state = outer;
    }
  }

  #pushError(error: LuaError): void {
    // The function is over: its arguments, which may fill the whole stack, are not needed any more.
    this.clear();
    if (error.isTable) {
      this.pushTable();
      this.pushText(error.message);
      this.setField("err");
    } else {
      this.api.luaL_where(this.state, 1);
      this.pushText(error.message);
      this.api.lua_concat(this.state, 2);
    }
  }

  #count(state: number): void {
    this.#instructionsLeft -= HOOK_INSTRUCTIONS;
    if (this.#instructionsLeft > 0) return;
    // A script that catches this error must not go on: from now on each instruction is one too many.
    this.api.lua_sethook(state, this.#lua.hook, MASK_COUNT, 1);
    const outer = this.state;
    this.state = state;
    try {
      this.pushText(this.#tooLong);
      this.api.lua_error(state);
    } finally {
      this.state = outer;
    }
  }
}
