import type { Reply } from "../resp/reply.ts";
import type { Lua } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";

/** Lists inside of lists in what a script returns, at most. */
export const RETURNED_DEPTH_MAX = 1_000;
const INT64_MIN = -(2n ** 63n);

/**
 * Writes the value on top of the stack, and leaves it there. A number becomes an integer without its fraction,
 * a string a bulk string, a table the list up to its first nil, true 1, and everything else nothing; a table
 * with `err`, `ok`, `double`, `map`, `set`, `big_number` or `verbatim_string` is what the field says.
 * @param protocol what the script set by `redis.setresp`: with 3, booleans are booleans.
 */
export function writeValue(lua: Lua, reply: Reply, protocol: 2 | 3, depth = 0): void {
  switch (lua.type(-1)) {
    case "string":
      return reply.bulk(lua.text(-1) ?? "");
    case "number":
      return reply.integer(toInteger(lua.number(-1)));
    case "boolean":
      if (protocol === 3) return reply.boolean(lua.boolean(-1));
      return lua.boolean(-1) ? reply.integer(1) : reply.null();
    case "table":
      return writeTable(lua, reply, protocol, depth);
    default:
      return reply.null();
  }
}

/** As C on x86-64 turns a double into a 64-bit integer. */
function toInteger(value: number): bigint | number {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0;
  return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : INT64_MIN;
}

function writeTable(lua: Lua, reply: Reply, protocol: 2 | 3, depth: number): void {
  if (depth > RETURNED_DEPTH_MAX) throw new LuaError("ERR reached lua stack limit", true);
  lua.ensureSlots();
  const writeInner = () => writeValue(lua, reply, protocol, depth + 1);
  const inOneLine = (text: string) => text.replaceAll(/[\r\n]/g, " ");
  const isWritten =
    withField(lua, "err", ["string"], () => reply.error(lua.text(-1) ?? "")) ||
    withField(lua, "ok", ["string"], () => reply.status(inOneLine(lua.text(-1) ?? ""))) ||
    withField(lua, "double", ["number"], () => reply.double(lua.number(-1))) ||
    withField(lua, "map", ["table"], () => writePairs(lua, reply, writeInner)) ||
    withField(lua, "set", ["table"], () => writeMembers(lua, reply, writeInner)) ||
    withField(lua, "big_number", ["string"], () => reply.bigNumber(inOneLine(lua.text(-1) ?? ""))) ||
    withField(lua, "verbatim_string", ["table"], () => writeVerbatim(lua, reply));
  if (!isWritten) writeList(lua, reply, writeInner);
}

/** Writes a table's field if it is there and of that type. */
function withField(lua: Lua, name: string, types: readonly string[], write: () => void): boolean {
  lua.pushField(-1, name);
  const isThere = types.includes(lua.type(-1));
  if (isThere) write();
  lua.pop(1);
  return isThere;
}

function countPairs(lua: Lua): number {
  let count = 0;
  lua.forEachPair(-1, () => count++);
  return count;
}

function writePairs(lua: Lua, reply: Reply, writeInner: () => void): void {
  reply.map(countPairs(lua));
  lua.forEachPair(-1, () => {
    lua.pushCopy(-2);
    writeInner();
    lua.pop(1);
    writeInner();
  });
}

function writeMembers(lua: Lua, reply: Reply, writeInner: () => void): void {
  reply.set(countPairs(lua));
  lua.forEachPair(-1, () => {
    lua.pushCopy(-2);
    writeInner();
    lua.pop(1);
  });
}

function writeVerbatim(lua: Lua, reply: Reply): void {
  lua.pushField(-1, "string");
  lua.pushField(-2, "format");
  reply.verbatim(lua.text(-2) ?? "", lua.text(-1) ?? undefined);
  lua.pop(2);
}

function writeList(lua: Lua, reply: Reply, writeInner: () => void): void {
  const before = reply.text;
  reply.text = "";
  let length = 0;
  for (; ; length++) {
    lua.pushItem(-1, length + 1);
    if (lua.type(-1) === "nil") break;
    writeInner();
    lua.pop(1);
  }
  lua.pop(1);
  const items = reply.text;
  reply.text = before;
  reply.array(length);
  reply.text += items;
}
