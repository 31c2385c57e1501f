import type { Lua, LuaFunction } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";

const SHIFT_MASK = 31;
const HEX_DIGITS = 8;

/** The operations of LuaBitOp, on 32-bit integers with a sign: how many arguments each needs, and what it does. */
const OPERATIONS: Record<string, [needs: number, compute: (numbers: number[]) => number]> = {
  tobit: [1, ([x = 0]) => x],
  bnot: [1, ([x = 0]) => ~x],
  band: [1, (numbers) => numbers.reduce((all, x) => all & x)],
  bor: [1, (numbers) => numbers.reduce((all, x) => all | x)],
  bxor: [1, (numbers) => numbers.reduce((all, x) => all ^ x)],
  lshift: [2, ([x = 0, n = 0]) => x << (n & SHIFT_MASK)],
  rshift: [2, ([x = 0, n = 0]) => (x >>> (n & SHIFT_MASK)) | 0],
  arshift: [2, ([x = 0, n = 0]) => x >> (n & SHIFT_MASK)],
  rol: [2, ([x = 0, n = 0]) => (x << (n & SHIFT_MASK)) | (x >>> (-n & SHIFT_MASK))],
  ror: [2, ([x = 0, n = 0]) => (x >>> (n & SHIFT_MASK)) | (x << (-n & SHIFT_MASK))],
  bswap: [1, ([x = 0]) => (x >>> 24) | ((x >>> 8) & 0xff00) | ((x << 8) & 0xff0000) | (x << 24)],
};

function toHex(x: number, digits: number): string {
  const hex = (x >>> 0).toString(16).padStart(HEX_DIGITS, "0");
  const shown = hex.slice(-Math.min(HEX_DIGITS, Math.abs(digits)) || HEX_DIGITS);
  if (digits === 0) return "";
  return digits < 0 ? shown.toUpperCase() : shown;
}

/** The functions of the table `bit`. https://bitop.luajit.org/api.html */
export function bitLibrary(lua: Lua): Record<string, LuaFunction> {
  const read = (name: string, needs: number): number[] =>
    Array.from({ length: Math.max(needs, lua.top) }, (_, index) => {
      if (lua.isNumber(index + 1)) return Math.round(lua.number(index + 1)) | 0;
      const got = lua.type(index + 1) === "none" ? "no value" : lua.type(index + 1);
      throw new LuaError(`bad argument #${index + 1} to '${name}' (number expected, got ${got})`);
    });
  const functions: Record<string, LuaFunction> = {
    tohex: () => {
      const [x = 0, digits = HEX_DIGITS] = read("tohex", 1);
      lua.pushText(toHex(x, digits));
      return 1;
    },
  };
  for (const [name, [needs, compute]] of Object.entries(OPERATIONS)) {
    functions[name] = () => {
      lua.pushNumber(compute(read(name, needs)) | 0);
      return 1;
    };
  }
  return functions;
}
