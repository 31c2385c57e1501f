/** What Emscripten calls the functions that pointers to functions mean, and what has to be called first. */
const FUNCTIONS = "__indirect_function_table";
const START = "__wasm_call_ctors";

/**
 * Lua's C API, as far as it is used, and what belongs to it. Numbers are pointers where Lua's manual says
 * `lua_State *`, `const char *` and the like. https://www.lua.org/manual/5.1/manual.html#3
 */
export interface LuaApi {
  memory: WebAssembly.Memory;
  [FUNCTIONS]: WebAssembly.Table;
  [START](): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  luaL_newstate(): number;
  luaL_loadbuffer(state: number, text: number, length: number, name: number): number;
  luaL_where(state: number, level: number): void;
  luaL_ref(state: number, table: number): number;
  luaL_unref(state: number, table: number, reference: number): void;
  luaopen_base(state: number): number;
  luaopen_table(state: number): number;
  luaopen_string(state: number): number;
  luaopen_math(state: number): number;
  luaopen_debug(state: number): number;
  lua_call(state: number, args: number, results: number): void;
  lua_checkstack(state: number, slots: number): number;
  lua_concat(state: number, count: number): void;
  lua_cpcall(state: number, fn: number, data: number): number;
  lua_createtable(state: number, items: number, fields: number): void;
  lua_error(state: number): number;
  lua_gettop(state: number): number;
  lua_isnumber(state: number, index: number): number;
  lua_next(state: number, index: number): number;
  lua_pushboolean(state: number, value: number): void;
  lua_pushcclosure(state: number, fn: number, upvalues: number): void;
  lua_pushlightuserdata(state: number, pointer: number): void;
  lua_pushlstring(state: number, bytes: number, length: number): void;
  lua_pushnil(state: number): void;
  lua_pushnumber(state: number, value: number): void;
  lua_pushvalue(state: number, index: number): void;
  lua_rawget(state: number, index: number): void;
  lua_rawgeti(state: number, index: number, at: number): void;
  lua_rawset(state: number, index: number): void;
  lua_rawseti(state: number, index: number, at: number): void;
  lua_sethook(state: number, fn: number, mask: number, count: number): number;
  lua_settop(state: number, index: number): void;
  lua_toboolean(state: number, index: number): number;
  lua_tolstring(state: number, index: number, length: number): number;
  lua_tonumber(state: number, index: number): number;
  lua_type(state: number, index: number): number;
}

/** The two modules that make a Lua: see `callbacks.wat` about the second one. */
export interface LuaModules {
  lua: WebAssembly.Module;
  callbacks: WebAssembly.Module;
}

/** What Lua calls. */
export interface Callbacks {
  /** A C function: returns how many results it has pushed. */
  call: (state: number) => number;
  /** Some instructions have been executed. */
  hook: (state: number) => void;
}

/** A Lua, and where its callbacks are among its functions. */
export interface LuaInstance {
  api: LuaApi;
  call: number;
  hook: number;
}

/** Lua takes no more memory than this, in bytes; it begins with 16 MiB. */
export const LUA_MEMORY_MAX_BYTES = 48 * 1024 * 1024;
const PAGE_BYTES = 64 * 1024;

/**
 * Starts a Lua: the interpreter in C, compiled to WebAssembly by Emscripten. It can reach nothing but its own
 * memory: of what Emscripten would provide, only what an interpreter without files and clocks needs is there.
 */
export function instantiateLua(modules: LuaModules, callbacks: Callbacks): LuaInstance {
  const instance: { api?: LuaApi } = {};
  const given = provide(() => instance.api as LuaApi);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module, name } of WebAssembly.Module.imports(modules.lua)) {
    imports[module] ??= {};
    imports[module][name] = given[name] ?? (() => refuse(name));
  }
  const api = new WebAssembly.Instance(modules.lua, imports).exports as unknown as LuaApi;
  instance.api = api;
  api[START]();
  const { exports } = new WebAssembly.Instance(modules.callbacks, { host: { ...callbacks } });
  const functions = api[FUNCTIONS];
  const call = functions.grow(2);
  functions.set(call, exports["call"]);
  functions.set(call + 1, exports["hook"]);
  return { api, call, hook: call + 1 };
}

function refuse(name: string): never {
  throw new Error(`Lua asked its host for ${name}`);
}

/** What Emscripten's own JavaScript does, as far as it is needed. */
function provide(api: () => LuaApi): Record<string, (...args: number[]) => number | void> {
  const bytes = () => new Uint8Array(api().memory.buffer);
  return {
    // Lua's errors are C's longjmp: a thrown number, which is caught where the C code called setjmp.
    _emscripten_throw_longjmp() {
      // oxlint-disable-next-line typescript/only-throw-error -- a number is how its own code tells it apart
      throw Number.POSITIVE_INFINITY;
    },
    invoke_vii(index = 0, first = 0, second = 0) {
      const stack = api().stackSave();
      try {
        (api()[FUNCTIONS].get(index) as (a: number, b: number) => void)(first, second);
      } catch (error) {
        api().stackRestore(stack);
        if (typeof error !== "number") throw error;
        api().setThrew(1, 0);
      }
    },
    emscripten_memcpy_js(to = 0, from = 0, length = 0) {
      bytes().copyWithin(to, from, from + length);
    },
    emscripten_resize_heap(wanted = 0) {
      const { memory } = api();
      if (wanted > LUA_MEMORY_MAX_BYTES) return 0;
      memory.grow(Math.ceil((wanted - memory.buffer.byteLength) / PAGE_BYTES));
      return 1;
    },
    environ_sizes_get(count = 0, size = 0) {
      bytes()
        .fill(0, count, count + 4)
        .fill(0, size, size + 4);
      return 0;
    },
    environ_get: () => 0,
  };
}
