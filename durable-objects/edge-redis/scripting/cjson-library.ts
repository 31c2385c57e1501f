import { decodeJson } from "./cjson-decode.ts";
import { encodeJson } from "./cjson-encode.ts";
import type { Lua, LuaFunction } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";

function expectOneArgument(lua: Lua, name: string): void {
  if (lua.top !== 1) throw new LuaError(`bad argument #1 to '${name}' (expected 1 argument)`);
}

/** The functions of the table `cjson` that everybody uses; its other settings stay as they are. */
export function cjsonLibrary(lua: Lua): Record<string, LuaFunction> {
  let keepsBuffer = true;
  return {
    // Changes only how lua-cjson uses its memory; here it only has to say what was set.
    encode_keep_buffer: () => {
      if (lua.top > 0) keepsBuffer = lua.boolean(1);
      lua.pushBoolean(keepsBuffer);
      return 1;
    },
    encode: () => {
      expectOneArgument(lua, "encode");
      lua.pushText(encodeJson(lua));
      return 1;
    },
    decode: () => {
      expectOneArgument(lua, "decode");
      const text = lua.text(1);
      if (text === null)
        throw new LuaError(`bad argument #1 to 'decode' (string expected, got ${lua.type(1)})`);
      decodeJson(lua, text);
      return 1;
    },
  };
}
