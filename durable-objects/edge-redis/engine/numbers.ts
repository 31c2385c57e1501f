import { notAFloat, notAnInteger } from "./errors.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** The largest integer there is, as near as a JavaScript number comes to it. */
export const INTEGER_MAX = Number(INT64_MAX);
const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
/** So many digits are always exact in a JavaScript number. */
const EXACT_DIGITS = 15;

/** Whether the bytes are a 64-bit integer written in the one usual way. */
export function isInteger(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  return text.length <= EXACT_DIGITS || isInt64(BigInt(text));
}

export const isInt64 = (value: bigint): boolean => value >= INT64_MIN && value <= INT64_MAX;

/** @throws RedisError */
export function toBigInt(text: string, complaint = notAnInteger): bigint {
  if (!isInteger(text)) throw complaint();
  return BigInt(text);
}

/**
 * An integer as a JavaScript number: exact up to 2^53, beyond that near enough for counts and positions.
 * @throws RedisError
 */
export function toInteger(text: string, complaint = notAnInteger): number {
  if (!isInteger(text)) throw complaint();
  return Number(text);
}

/** An integer within bounds. @throws RedisError */
export function toIntegerIn(text: string, min: number, max: number, complaint = notAnInteger): number {
  const value = toInteger(text, complaint);
  if (value < min || value > max) throw complaint();
  return value;
}

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** Hexadecimal numbers as C has them, with a power of two behind; so many digits are enough for every one. */
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]{0,512})\.?([0-9a-f]{0,512})(?:p([+-]?\d{1,9}))?$/i;
const BITS_PER_HEX_DIGIT = 4;

/** A hexadecimal number, such as 0x1.8p3, as `mantissa * 2 ** exponent`; null for anything else. */
export function parseHexadecimal(text: string): { mantissa: bigint; exponent: number } | null {
  const [, sign, whole = "", fraction = "", power = "0"] = HEXADECIMAL.exec(text) ?? [];
  if (whole + fraction === "") return null;
  const size = BigInt(`0x${whole}${fraction}`);
  const exponent = Number(power) - fraction.length * BITS_PER_HEX_DIGIT;
  return { mantissa: sign === "-" ? -size : size, exponent };
}

/** As C's strtod: what is too large is infinite, what is too small is 0; null for what is no number. */
function readDouble(text: string): number | null {
  if (FLOAT.test(text)) return Number(text);
  const sign = INFINITE.exec(text)?.[1];
  if (sign !== undefined) return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const hexadecimal = parseHexadecimal(text);
  return hexadecimal && Number(hexadecimal.mantissa) * 2 ** hexadecimal.exponent;
}

const SAYS_INFINITY = /inf/i;
const IS_NOT_ZERO = /^[+-]?(?:[0.]*[1-9]|0x[0.]*[1-9a-f])/i;

/** A finite number, or one that says it is infinite; null for anything else, and for what no double can hold. */
export function parseDouble(text: string): number | null {
  const value = readDouble(text);
  if (value === null || (value === 0 && IS_NOT_ZERO.test(text))) return null;
  return Number.isFinite(value) || SAYS_INFINITY.test(text) ? value : null;
}

/** As C's strtod sees it: a zero byte ends the text, nothing is 0, blanks in front do not count. */
export function parseAsC(text: string): number | null {
  const [number = ""] = text.split("\0");
  return number === "" ? 0 : readDouble(number.trimStart());
}

/** @throws RedisError */
export function toDouble(text: string, complaint = notAFloat): number {
  const value = parseDouble(text);
  if (value === null) throw complaint();
  return value;
}

/** Digits that C's %.17g prints. */
const PRECISION = 17;

/** A double as C prints it with %.17g. */
export function formatDouble(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (Number.isNaN(value)) return "-nan";
  if (Object.is(value, -0)) return "-0";
  if (Number.isSafeInteger(value)) return String(value);
  const [mantissa = "", exponentText = "0"] = value.toExponential(PRECISION - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent >= PRECISION || exponent < -4) {
    const sign = exponent < 0 ? "-" : "+";
    return `${stripZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return stripZeros(value.toFixed(Math.max(0, PRECISION - 1 - exponent)));
}

function stripZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const UNITS: Record<string, number> = {
  "": 1,
  b: 1,
  k: 1_000,
  kb: 1_024,
  m: 1_000_000,
  mb: 1_024 ** 2,
  g: 1_000_000_000,
  gb: 1_024 ** 3,
};

/** An amount of memory such as `100mb`, in bytes; null for anything else. */
export function parseByteCount(text: string): number | null {
  const [, digits, unit = ""] = /^(\d+)([kmg]?b?)$/i.exec(text) ?? [];
  return digits === undefined ? null : Number(digits) * (UNITS[unit.toLowerCase()] as number);
}
