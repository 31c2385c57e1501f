import type { Lua } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";

/** Tables inside of tables, at most; as lua-cjson has it. */
export const JSON_DEPTH_MAX = 1_000;
/** A list may be longer than so many elements only when at least every second one is there. */
const SPARSE_SAFE_LENGTH = 10;
const SPARSE_RATIO = 2;
/** Digits of a number, as C's %.14g. */
const PRECISION = 14;

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** The JSON of the value on top of the stack, which stays there; byte by byte as lua-cjson 2.1 writes it. */
export function encodeJson(lua: Lua, depth = 0): string {
  switch (lua.type(-1)) {
    case "nil":
    case "userdata":
      return "null";
    case "boolean":
      return String(lua.boolean(-1));
    case "number":
      return encodeNumber(lua.number(-1));
    case "string":
      return encodeText(lua.text(-1) ?? "");
    case "table":
      return encodeTable(lua, depth + 1);
    default:
      throw new LuaError(`Cannot serialise ${lua.type(-1)}: type not supported`);
  }
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new LuaError("Cannot serialise number: must not be NaN or Inf");
  if (Object.is(value, -0)) return "-0";
  const [mantissa = "", exponentText = ""] = value.toExponential(PRECISION - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= PRECISION) {
    const sign = exponent < 0 ? "-" : "+";
    return `${withoutZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return withoutZeros(value.toFixed(PRECISION - 1 - exponent));
}

const withoutZeros = (digits: string): string =>
  digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;

function encodeText(text: string): string {
  const escaped = text.replaceAll(/["\\/\x00-\x1f\x7f]/g, (char) => ESCAPES[char] ?? escapeCode(char));
  return `"${escaped}"`;
}

const escapeCode = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

function encodeTable(lua: Lua, depth: number): string {
  if (depth > JSON_DEPTH_MAX) throw new LuaError(`Cannot serialise, excessive nesting (${depth})`);
  lua.ensureSlots();
  const length = listLength(lua);
  if (length > 0) {
    const items = Array.from({ length }, (_, index) => {
      lua.pushItem(-1, index + 1);
      const item = encodeJson(lua, depth);
      lua.pop(1);
      return item;
    });
    return `[${items.join(",")}]`;
  }
  const pairs: string[] = [];
  lua.forEachPair(-1, () => pairs.push(`${encodeKey(lua)}:${encodeJson(lua, depth)}`));
  return `{${pairs.join(",")}}`;
}

/** How long the list is that a table is; 0 when it is none, or an empty one. */
function listLength(lua: Lua): number {
  let [count, length] = [0, 0];
  let isList = true;
  lua.forEachPair(-1, () => {
    const key = lua.type(-2) === "number" ? lua.number(-2) : 0;
    if (key < 1 || !Number.isInteger(key)) isList = false;
    length = Math.max(length, key);
    count++;
  });
  if (!isList) return 0;
  if (length > SPARSE_SAFE_LENGTH && length > count * SPARSE_RATIO)
    throw new LuaError("Cannot serialise table: excessively sparse array");
  return length;
}

function encodeKey(lua: Lua): string {
  switch (lua.type(-2)) {
    case "number":
      return `"${encodeNumber(lua.number(-2))}"`;
    case "string":
      return encodeText(lua.text(-2) ?? "");
    default:
      throw new LuaError(`Cannot serialise ${lua.type(-2)}: table key must be a number or string`);
  }
}
