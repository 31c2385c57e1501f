import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { isInteger, toBigInt } from "../engine/numbers.ts";
import { fromBytes, toBytes } from "../resp/bytes.ts";
import { maxStringBytes } from "./strings.ts";

const BITS_PER_BYTE = 8;
const SIGNED_MAX_BITS = 64;
const UNSIGNED_MAX_BITS = 63;

/** What becomes of a number that does not fit. */
type Overflow = "WRAP" | "SAT" | "FAIL";

interface Operation {
  kind: "GET" | "SET" | "INCRBY";
  isSigned: boolean;
  bits: number;
  /** Of the first bit, from the start of the string. */
  offset: number;
  /** What is set, or added. */
  operand: bigint;
  overflow: Overflow;
}

function readType(text: string): Pick<Operation, "isSigned" | "bits"> {
  const [, sign, digits] = /^([iu])([1-9]\d?)$/.exec(text) ?? [];
  const isSigned = sign === "i";
  const bits = Number(digits);
  if (!(bits <= (isSigned ? SIGNED_MAX_BITS : UNSIGNED_MAX_BITS))) {
    throw new RedisError(
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
    );
  }
  return { isSigned, bits };
}

/** In bits, or with a # in front in numbers of this type. */
function readOffset(call: Call, text: string, bits: number): number {
  const isCounted = text.startsWith("#");
  const digits = isCounted ? text.slice(1) : text;
  const offset = isInteger(digits) ? Number(digits) * (isCounted ? bits : 1) : -1;
  if (offset < 0 || offset >= maxStringBytes(call) * BITS_PER_BYTE)
    throw new RedisError("ERR bit offset is not an integer or out of range");
  return offset;
}

function readOverflow(text: string): Overflow {
  const name = text.toUpperCase();
  if (name !== "WRAP" && name !== "SAT" && name !== "FAIL")
    throw new RedisError("ERR Invalid OVERFLOW type specified");
  return name;
}

function readOperations(call: Call): Operation[] {
  const operations: Operation[] = [];
  let overflow: Overflow = "WRAP";
  for (let at = 2; at < call.args.length;) {
    const kind = call.option(at);
    if (kind === "OVERFLOW") {
      overflow = readOverflow(call.arg(at + 1));
      at += 2;
      continue;
    }
    if (kind !== "GET" && kind !== "SET" && kind !== "INCRBY") throw syntaxError();
    const type = readType(call.arg(at + 1));
    const offset = readOffset(call, call.arg(at + 2), type.bits);
    const operand = kind === "GET" ? 0n : toBigInt(call.arg(at + 3));
    operations.push({ kind, ...type, offset, operand, overflow });
    at += kind === "GET" ? 3 : 4;
  }
  return operations;
}

/** Numbers of any width in the bits of a string, the highest bit first; beyond its end there are zeros. */
class BitField {
  #bytes: Uint8Array;

  constructor(bytes: string) {
    this.#bytes = toBytes(bytes);
  }

  read({ offset, bits, isSigned }: Operation): bigint {
    let value = 0n;
    for (let at = offset; at < offset + bits; at++) {
      const code = this.#bytes[at >>> 3] ?? 0;
      value = (value << 1n) | BigInt((code >>> (7 - (at & 7))) & 1);
    }
    return isSigned ? BigInt.asIntN(bits, value) : value;
  }

  /** Makes room for a number, filled with zeros. */
  grow({ offset, bits }: Operation): void {
    const length = ((offset + bits - 1) >>> 3) + 1;
    if (length <= this.#bytes.length) return;
    const longer = new Uint8Array(length);
    longer.set(this.#bytes);
    this.#bytes = longer;
  }

  write({ offset, bits }: Operation, value: bigint): void {
    let rest = BigInt.asUintN(bits, value);
    for (let at = offset + bits - 1; at >= offset; at--) {
      const mask = 128 >>> (at & 7);
      const code = this.#bytes[at >>> 3] as number;
      this.#bytes[at >>> 3] = (rest & 1n) === 1n ? code | mask : code & ~mask;
      rest >>= 1n;
    }
  }

  toString(): string {
    return fromBytes(this.#bytes);
  }
}

/** The number as it fits; null when it does not and that is a failure. */
function fitted(value: bigint, { isSigned, bits, overflow }: Operation): bigint | null {
  const max = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
  const min = isSigned ? -max - 1n : 0n;
  if (value >= min && value <= max) return value;
  if (overflow === "FAIL") return null;
  if (overflow === "SAT") return value > max ? max : min;
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** Does one operation; returns what is answered. */
function apply(field: BitField, operation: Operation): bigint | null {
  const before = field.read(operation);
  if (operation.kind === "GET") return before;
  const isSet = operation.kind === "SET";
  const operand =
    isSet && !operation.isSigned ? BigInt.asUintN(SIGNED_MAX_BITS, operation.operand) : operation.operand;
  const after = fitted(isSet ? operand : before + operand, operation);
  if (after === null) return null;
  field.write(operation, after);
  return isSet ? before : after;
}

function bitField(call: Call): void {
  const { database, reply } = call;
  const key = call.arg(1);
  const operations = readOperations(call);
  const isReading = operations.every(({ kind }) => kind === "GET");
  if (call.command.name === "bitfield_ro" && !isReading)
    throw new RedisError("ERR BITFIELD_RO only supports the GET subcommand");
  const field = new BitField(database.getAs(key, "string")?.bytes ?? "");
  // Also for what will turn out not to fit, as in Redis.
  for (const operation of operations) if (operation.kind !== "GET") field.grow(operation);
  const answers = operations.map((operation) => apply(field, operation));
  if (!isReading) database.set(key, { type: "string", bytes: String(field), form: "raw" }, true);
  reply.array(answers.length);
  for (const answer of answers) {
    if (answer === null) reply.null();
    else reply.integer(answer);
  }
}

const shared = { arity: -2, keys: ONE_KEY, group: "bitmap", run: bitField };

export const BIT_FIELD_COMMANDS: Command[] = [
  { ...shared, name: "bitfield", flags: ["write", "denyoom"] },
  { ...shared, name: "bitfield_ro", flags: ["readonly", "fast"] },
];
