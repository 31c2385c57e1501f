import { fromBytes, toBytes } from "../resp/bytes.ts";
import { LuaError } from "./lua-errors.ts";
import type { LuaApi } from "./lua-instance.ts";

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

/** Free places on Lua's stack that every function has. */
const SLOTS = 20;

/** The values that Lua works on, in the terms of its C API. Texts are bytes (see `bytes.ts`). */
export class LuaStack {
  protected readonly api: LuaApi;
  /** The coroutine that runs: the main one, or one that a script made. */
  protected state: number;
  readonly #lengthOut: number;

  constructor(api: LuaApi) {
    this.api = api;
    this.state = api.luaL_newstate();
    this.#lengthOut = api.malloc(4);
  }

  /** The text of an error: of its field `err` if it is a table. */
  errorText(index: number): string {
    if (this.type(index) !== "table") return `ERR ${this.text(index) ?? "unknown error"}`;
    this.pushField(index, "err");
    const text = this.text(-1);
    this.pop(1);
    return text ?? "ERR unknown error";
  }

  get top(): number {
    return this.api.lua_gettop(this.state);
  }

  /** Takes everything off the stack of the function that runs. */
  clear(): void {
    this.api.lua_settop(this.state, 0);
  }

  pop(count: number): void {
    this.api.lua_settop(this.state, -count - 1);
  }

  /** Makes room for a value inside a value. Whoever calls itself calls this. */
  ensureSlots(): void {
    if (this.api.lua_checkstack(this.state, SLOTS) === 0) throw new LuaError("stack overflow");
  }

  type(index: number): LuaType {
    return LUA_TYPES[this.api.lua_type(this.state, index)] ?? "none";
  }

  boolean(index: number): boolean {
    return this.api.lua_toboolean(this.state, index) !== 0;
  }

  number(index: number): number {
    return this.api.lua_tonumber(this.state, index);
  }

  /** Whether it is a number, or a string that says one. */
  isNumber(index: number): boolean {
    return this.api.lua_isnumber(this.state, index) !== 0;
  }

  /** A string's bytes, or those of a number as Lua writes it; null for everything else. */
  text(index: number): string | null {
    // Lua would turn a number in its place into a string, which breaks whoever walks through a table.
    this.api.lua_pushvalue(this.state, index);
    const at = this.api.lua_tolstring(this.state, -1, this.#lengthOut);
    const { buffer } = this.api.memory;
    const length = new DataView(buffer).getUint32(this.#lengthOut, true);
    const text = at === 0 ? null : fromBytes(new Uint8Array(buffer, at, length));
    this.pop(1);
    return text;
  }

  pushNil(): void {
    this.api.lua_pushnil(this.state);
  }

  /** A pointer to nothing, which is a value of its own. */
  pushNull(): void {
    this.api.lua_pushlightuserdata(this.state, 0);
  }

  pushBoolean(value: boolean): void {
    this.api.lua_pushboolean(this.state, value ? 1 : 0);
  }

  pushNumber(value: number): void {
    this.api.lua_pushnumber(this.state, value);
  }

  pushText(bytes: string): void {
    const at = this.store(bytes);
    try {
      this.api.lua_pushlstring(this.state, at, bytes.length);
    } finally {
      this.api.free(at);
    }
  }

  pushTable(items = 0): void {
    this.api.lua_createtable(this.state, items, 0);
  }

  pushCopy(index: number): void {
    this.api.lua_pushvalue(this.state, index);
  }

  /** Pushes the field of a table, past any metatable. */
  pushField(table: number, name: string): void {
    this.pushText(name);
    this.api.lua_rawget(this.state, table < 0 ? table - 1 : table);
  }

  /** Pushes an element of a list, past any metatable. */
  pushItem(table: number, at: number): void {
    this.api.lua_rawgeti(this.state, table, at);
  }

  /** Takes the value on top into a field of the table below it. */
  setField(name: string): void {
    this.pushText(name);
    this.pushCopy(-2);
    this.api.lua_rawset(this.state, -4);
    this.pop(1);
  }

  /** Takes the value on top, and the key below it, into the table below them. */
  setPair(): void {
    this.api.lua_rawset(this.state, -3);
  }

  /** Takes the value on top into a list below it. */
  setItem(at: number): void {
    this.api.lua_rawseti(this.state, -2, at);
  }

  /** Visits a table's pairs: the key is at -2 and the value at -1, and both have to be left there. */
  forEachPair(table: number, visit: () => void): void {
    const at = table < 0 ? this.top + 1 + table : table;
    this.pushNil();
    while (this.api.lua_next(this.state, at) !== 0) {
      visit();
      this.pop(1);
    }
  }

  /** Copies bytes into Lua's memory. */
  protected store(bytes: string): number {
    const at = this.api.malloc(bytes.length + 1);
    if (at === 0) throw new LuaError("ERR not enough memory", true);
    new Uint8Array(this.api.memory.buffer, at, bytes.length).set(toBytes(bytes));
    return at;
  }
}
