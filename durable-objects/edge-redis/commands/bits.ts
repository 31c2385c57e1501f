import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { toInteger, toIntegerIn } from "../engine/numbers.ts";
import { fromBytes, toBytes } from "../resp/bytes.ts";
import { maxStringBytes } from "./strings.ts";

const BITS_PER_BYTE = 8;

const badOffset = () => new RedisError("ERR bit offset is not an integer or out of range");
const badBit = () => new RedisError("ERR bit is not an integer or out of range");

const offsetOf = (call: Call): number =>
  toIntegerIn(call.arg(2), 0, maxStringBytes(call) * BITS_PER_BYTE - 1, badOffset);

/** The highest bit of a byte is its first. */
const maskOf = (offset: number): number => 128 >> (offset % BITS_PER_BYTE);

function setBit(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  const offset = offsetOf(call);
  const bit = toIntegerIn(call.arg(3), 0, 1, badBit);
  const at = Math.floor(offset / BITS_PER_BYTE);
  const before = (database.getAs(key, "string")?.bytes ?? "").padEnd(at + 1, "\0");
  const byte = before.charCodeAt(at);
  const mask = maskOf(offset);
  const changed = String.fromCharCode(bit === 1 ? byte | mask : byte & ~mask);
  database.set(
    key,
    { type: "string", bytes: before.slice(0, at) + changed + before.slice(at + 1), form: "raw" },
    true,
  );
  reply.flag((byte & mask) !== 0);
}

function getBit(call: Call): void {
  const offset = offsetOf(call);
  const bytes = call.database.getAs(call.arg(1), "string")?.bytes ?? "";
  const byte = bytes.charCodeAt(Math.floor(offset / BITS_PER_BYTE)) || 0;
  call.reply.flag((byte & maskOf(offset)) !== 0);
}

function unitAt(call: Call, at: number): number {
  const name = call.option(at);
  if (name !== undefined && name !== "BYTE" && name !== "BIT") throw syntaxError();
  return name === "BIT" ? 1 : BITS_PER_BYTE;
}

/** Start and end, in bits, of the part that BITCOUNT and BITPOS look at; null when it is empty. */
function rangeOf(call: Call, from: number, length: number): [number, number] | null {
  let start = call.integer(from);
  const unit = unitAt(call, from + 2);
  const size = (length * BITS_PER_BYTE) / unit;
  let end = call.args.length > from + 1 ? call.integer(from + 1) : size - 1;
  start = Math.max(0, start < 0 ? start + size : start);
  end = Math.min(size - 1, end < 0 ? Math.max(0, end + size) : end);
  return start > end ? null : [start * unit, (end + 1) * unit - 1];
}

const BYTES = 256;
const ALL_BITS = BYTES - 1;
/** How many bits each byte has. */
const COUNTS = Uint8Array.from({ length: BYTES }, (_, byte) => byte.toString(2).replaceAll("0", "").length);

/** The bytes that have bits in a range, with those outside of it replaced by others. */
function bytesIn(bytes: string, [first, last]: readonly [number, number], outside: 0 | 1): Uint8Array {
  const part = toBytes(bytes.slice(first >>> 3, (last >>> 3) + 1));
  const head = ALL_BITS >>> (first % BITS_PER_BYTE);
  const tail = ALL_BITS ^ (ALL_BITS >>> ((last % BITS_PER_BYTE) + 1));
  const keep = (at: number, mask: number) => {
    const byte = part[at] as number;
    part[at] = outside === 0 ? byte & mask : byte | (ALL_BITS ^ mask);
  };
  keep(0, head);
  keep(part.length - 1, tail);
  return part;
}

function countBits(call: Call): void {
  const { args, reply } = call;
  const bytes = call.database.getAs(call.arg(1), "string")?.bytes;
  if (bytes === undefined) return reply.integer(0);
  if (args.length === 3 || args.length > 5) throw syntaxError();
  if (args.length > 3) {
    const [start, end] = [call.integer(2), call.integer(3)];
    if (start < 0 && end < 0 && start > end) return reply.integer(0);
  }
  const range =
    args.length > 2 ? rangeOf(call, 2, bytes.length) : ([0, bytes.length * BITS_PER_BYTE - 1] as const);
  let count = 0;
  if (range && bytes !== "") for (const byte of bytesIn(bytes, range, 0)) count += COUNTS[byte] as number;
  reply.integer(count);
}

/** `Math.clz32` counts from the highest of 32 bits. */
const CLZ_OF_BYTE = 24;

function findBit(call: Call): void {
  const { reply, args } = call;
  const bit = toInteger(call.arg(2));
  if (bit !== 0 && bit !== 1) throw new RedisError("ERR The bit argument must be 1 or 0.");
  const bytes = call.database.getAs(call.arg(1), "string")?.bytes;
  if (bytes === undefined) return reply.integer(bit === 1 ? -1 : 0);
  if (args.length > 6) throw syntaxError();
  const range =
    args.length > 3 ? rangeOf(call, 3, bytes.length) : ([0, bytes.length * BITS_PER_BYTE - 1] as const);
  if (!range || bytes === "") return reply.integer(-1);
  // Every bit that is looked for stands out among others.
  const part = bytesIn(bytes, range, bit === 1 ? 0 : 1);
  const at = part.findIndex((byte) => byte !== (bit === 1 ? 0 : ALL_BITS));
  if (at >= 0) {
    const byte = (part[at] as number) ^ (bit === 1 ? 0 : ALL_BITS);
    return reply.integer(((range[0] >>> 3) + at) * BITS_PER_BYTE + Math.clz32(byte) - CLZ_OF_BYTE);
  }
  // Without an end, the zeros that would follow count as well.
  reply.integer(bit === 0 && args.length < 5 ? range[1] + 1 : -1);
}

const OPERATIONS: Record<string, (a: number, b: number) => number> = {
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
};

function combineBits(call: Call): void {
  const operation = call.option(1) as string;
  const [target, keys] = [call.arg(2), call.args.slice(3)];
  const combine = OPERATIONS[operation];
  if (!combine && operation !== "NOT") throw syntaxError();
  if (operation === "NOT" && keys.length !== 1) {
    throw new RedisError("ERR BITOP NOT must be called with a single source key.");
  }
  const sources = keys.map((key) => call.database.getAs(key, "string")?.bytes ?? "");
  const length = sources.reduce((longest, source) => Math.max(longest, source.length), 0);
  const result = new Uint8Array(length);
  for (const [index, source] of sources.entries()) {
    const bytes = toBytes(source);
    if (!combine) for (let at = 0; at < length; at++) result[at] = ~(bytes[at] as number);
    else if (index === 0) result.set(bytes);
    else for (let at = 0; at < length; at++) result[at] = combine(result[at] as number, bytes[at] ?? 0);
  }
  if (length === 0) call.database.delete(target);
  else call.database.set(target, { type: "string", bytes: fromBytes(result), form: "raw" });
  call.reply.integer(length);
}

const shared = { keys: ONE_KEY, group: "bitmap" };

export const BIT_COMMANDS: Command[] = [
  { ...shared, name: "setbit", arity: 4, flags: ["write", "denyoom"], run: setBit },
  { ...shared, name: "getbit", arity: 3, flags: ["readonly", "fast"], run: getBit },
  { ...shared, name: "bitcount", arity: -2, flags: ["readonly"], run: countBits },
  { ...shared, name: "bitpos", arity: -3, flags: ["readonly"], run: findBit },
  {
    ...shared,
    name: "bitop",
    arity: -4,
    flags: ["write", "denyoom"],
    keys: { first: 2, last: -1, step: 1 },
    run: combineBits,
  },
];
