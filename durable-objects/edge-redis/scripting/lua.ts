import { fromBytes, toBytes } from "../resp/bytes.ts";
import { instantiateLua, type LuaApi, type LuaInstance, type LuaModules } from "./lua-instance.ts";

/** The types of Lua's values, as `lua.h` numbers them. */
export const LUA_TYPES = [
  "nil",
  "boolean",
  "userdata",
  "number",
  "string",
  "table",
  "function",
  "userdata",
  "thread",
] as const;

export type LuaType = (typeof LUA_TYPES)[number] | "none";

const REGISTRY = -10_000;
/** The first value that a C function was made with. */
const UPVALUE_1 = -10_003;
const MASK_COUNT = 8;
/** Free places on Lua's stack that every function has. */
const SLOTS = 20;
/** How often the instructions are counted. */
const HOOK_INSTRUCTIONS = 10_000;

/** What a function that Lua calls complains about: a text, or a table whose `err` is the text. */
export class LuaError extends Error {
  override readonly name = "LuaError";
  /** Redis's own errors are tables; those of libraries are texts that begin with where they happened. */
  readonly isTable: boolean;

  constructor(message: string, isTable = false) {
    super(message);
    this.isTable = isTable;
  }
}

/** Lua broke in a way that leaves nothing to go on with; it has to be started anew. */
export class LuaBroken extends Error {
  override readonly name = "LuaBroken";
}

/** A function that Lua can call: its arguments are on the stack from 1 on. Returns how many results it pushed. */
export type LuaFunction = () => number;

/**
 * A Lua with its stack, in the terms of its C API. Texts are bytes (see `bytes.ts`). What may fail in Lua has
 * to run inside `protect`: even pushing a text may find no memory.
 */
export class Lua {
  readonly #lua: LuaInstance;
  readonly #api: LuaApi;
  readonly #functions: LuaFunction[] = [];
  readonly #lengthOut: number;
  /** The coroutine that runs: the main one, or one that a script made. */
  #state: number;
  #instructionsLeft = Number.POSITIVE_INFINITY;
  #tooLong = "";

  constructor(modules: LuaModules) {
    this.#lua = instantiateLua(modules, {
      call: (state) => this.#call(state),
      hook: (state) => this.#count(state),
    });
    this.#api = this.#lua.api;
    this.#state = this.#api.luaL_newstate();
    this.#lengthOut = this.#api.malloc(4);
  }

  /**
   * Runs work that may fail in Lua, and leaves the stack as it was. Null, or the error with its code in front.
   * @throws LuaBroken, and whatever else is no error of Lua's.
   */
  protect(work: () => void): string | null {
    const top = this.#api.lua_gettop(this.#state);
    const outer = this.#functions[0];
    this.#functions[0] = () => {
      work();
      return 0;
    };
    try {
      if (this.#api.lua_cpcall(this.#state, this.#lua.call, 0) === 0) return null;
      return this.errorText(-1);
    } catch (error) {
      // Lua's last resort is to end the process, which the host refuses.
      throw typeof error === "number" ? new LuaBroken("an error that nobody caught") : error;
    } finally {
      this.#functions[0] = outer as LuaFunction;
      this.#api.lua_settop(this.#state, top);
    }
  }

  /** The text of an error: of its field `err` if it is a table. */
  errorText(index: number): string {
    if (this.type(index) !== "table") return `ERR ${this.text(index) ?? "unknown error"}`;
    this.pushField(index, "err");
    const text = this.text(-1);
    this.pop(1);
    return text ?? "ERR unknown error";
  }

  /** Bytes that it has taken; they are never given back. */
  get memoryBytes(): number {
    return this.#api.memory.buffer.byteLength;
  }

  /** From here on only so many instructions are executed, roughly; what comes later fails with `complaint`. */
  limitInstructions(count: number, complaint: string): void {
    this.#instructionsLeft = count;
    this.#tooLong = complaint;
    this.#api.lua_sethook(this.#state, this.#lua.hook, MASK_COUNT, Math.min(count, HOOK_INSTRUCTIONS));
  }

  openLibraries(): void {
    for (const name of ["base", "table", "string", "math", "debug"] as const) {
      this.#api[`luaopen_${name}`](this.#state);
    }
  }

  /**
   * Pushes a program as a function, without running it. Null, or why it is none; then nothing is pushed.
   * @param name what the program is called in errors.
   */
  load(source: string, name: string): string | null {
    const text = this.#store(`${source}@${name}\0`);
    let failed: number;
    try {
      failed = this.#api.luaL_loadbuffer(this.#state, text, source.length, text + source.length);
    } finally {
      this.#api.free(text);
    }
    if (failed === 0) return null;
    const complaint = this.text(-1) ?? "unknown error";
    this.pop(1);
    return complaint;
  }

  /** Calls the function below its arguments; its results take their place. */
  call(args: number, results: number): void {
    this.#api.lua_call(this.#state, args, results);
  }

  /** Takes the value on top and keeps it under a number. */
  keep(): number {
    return this.#api.luaL_ref(this.#state, REGISTRY);
  }

  pushKept(reference: number): void {
    this.#api.lua_rawgeti(this.#state, REGISTRY, reference);
  }

  release(reference: number): void {
    this.#api.luaL_unref(this.#state, REGISTRY, reference);
  }

  get top(): number {
    return this.#api.lua_gettop(this.#state);
  }

  /** Takes everything off the stack of the function that runs. */
  clear(): void {
    this.#api.lua_settop(this.#state, 0);
  }

  pop(count: number): void {
    this.#api.lua_settop(this.#state, -count - 1);
  }

  /** Makes room for a value inside a value. Whoever calls itself calls this. */
  ensureSlots(): void {
    if (this.#api.lua_checkstack(this.#state, SLOTS) === 0) throw new LuaError("stack overflow");
  }

  type(index: number): LuaType {
    return LUA_TYPES[this.#api.lua_type(this.#state, index)] ?? "none";
  }

  boolean(index: number): boolean {
    return this.#api.lua_toboolean(this.#state, index) !== 0;
  }

  number(index: number): number {
    return this.#api.lua_tonumber(this.#state, index);
  }

  /** Whether it is a number, or a string that says one. */
  isNumber(index: number): boolean {
    return this.#api.lua_isnumber(this.#state, index) !== 0;
  }

  /** A string's bytes, or those of a number as Lua writes it; null for everything else. */
  text(index: number): string | null {
    // Lua would turn a number in its place into a string, which breaks whoever walks through a table.
    this.#api.lua_pushvalue(this.#state, index);
    const at = this.#api.lua_tolstring(this.#state, -1, this.#lengthOut);
    const { buffer } = this.#api.memory;
    const length = new DataView(buffer).getUint32(this.#lengthOut, true);
    const text = at === 0 ? null : fromBytes(new Uint8Array(buffer, at, length));
    this.pop(1);
    return text;
  }

  pushNil(): void {
    this.#api.lua_pushnil(this.#state);
  }

  /** A pointer to nothing, which is a value of its own. */
  pushNull(): void {
    this.#api.lua_pushlightuserdata(this.#state, 0);
  }

  pushBoolean(value: boolean): void {
    this.#api.lua_pushboolean(this.#state, value ? 1 : 0);
  }

  pushNumber(value: number): void {
    this.#api.lua_pushnumber(this.#state, value);
  }

  pushText(bytes: string): void {
    const at = this.#store(bytes);
    try {
      this.#api.lua_pushlstring(this.#state, at, bytes.length);
    } finally {
      this.#api.free(at);
    }
  }

  pushFunction(fn: LuaFunction): void {
    // The first place is for what `protect` runs, which is called without a number.
    this.#functions[0] ??= () => 0;
    this.pushNumber(this.#functions.push(fn) - 1);
    this.#api.lua_pushcclosure(this.#state, this.#lua.call, 1);
  }

  pushTable(items = 0): void {
    this.#api.lua_createtable(this.#state, items, 0);
  }

  pushCopy(index: number): void {
    this.#api.lua_pushvalue(this.#state, index);
  }

  /** Pushes the field of a table, past any metatable. */
  pushField(table: number, name: string): void {
    this.pushText(name);
    this.#api.lua_rawget(this.#state, table < 0 ? table - 1 : table);
  }

  /** Pushes an element of a list, past any metatable. */
  pushItem(table: number, at: number): void {
    this.#api.lua_rawgeti(this.#state, table, at);
  }

  /** Takes the value on top into a field of the table below it. */
  setField(name: string): void {
    this.pushText(name);
    this.pushCopy(-2);
    this.#api.lua_rawset(this.#state, -4);
    this.pop(1);
  }

  /** Takes the value on top, and the key below it, into the table below them. */
  setPair(): void {
    this.#api.lua_rawset(this.#state, -3);
  }

  /** Takes the value on top into a list below it. */
  setItem(at: number): void {
    this.#api.lua_rawseti(this.#state, -2, at);
  }

  /** Visits a table's pairs: the key is at -2 and the value at -1, and both have to be left there. */
  forEachPair(table: number, visit: () => void): void {
    const at = table < 0 ? this.top + 1 + table : table;
    this.pushNil();
    while (this.#api.lua_next(this.#state, at) !== 0) {
      visit();
      this.pop(1);
    }
  }

  #call(state: number): number {
    const outer = this.#state;
    this.#state = state;
    try {
      const fn = this.#functions[this.#api.lua_tonumber(state, UPVALUE_1)] as LuaFunction;
      return fn();
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      this.#pushError(error);
      return this.#api.lua_error(state);
    } finally {
      this.#state = outer;
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
      this.#api.luaL_where(this.#state, 1);
      this.pushText(error.message);
      this.#api.lua_concat(this.#state, 2);
    }
  }

  #count(state: number): void {
    this.#instructionsLeft -= HOOK_INSTRUCTIONS;
    if (this.#instructionsLeft > 0) return;
    // A script that catches this error must not go on: from now on each instruction is one too many.
    this.#api.lua_sethook(state, this.#lua.hook, MASK_COUNT, 1);
    const outer = this.#state;
    this.#state = state;
    try {
      this.pushText(this.#tooLong);
      this.#api.lua_error(state);
    } finally {
      this.#state = outer;
    }
  }

  /** Copies bytes into Lua's memory. */
  #store(bytes: string): number {
    const at = this.#api.malloc(bytes.length + 1);
    if (at === 0) throw new LuaError("ERR not enough memory", true);
    new Uint8Array(this.#api.memory.buffer, at, bytes.length).set(toBytes(bytes));
    return at;
  }
}
