/*
 * The sums of INCRBYFLOAT: Redis computes them as C's long double, which on x86-64 has a mantissa of 64 bits,
 * and prints 17 places. A JavaScript number has 53 bits and would differ in what a client sees.
 */

import { parseHexadecimal } from "./numbers.ts";

/** `mantissa * 2 ** exponent`, the mantissa of at most 64 bits. */
export interface LongDouble {
  mantissa: bigint;
  exponent: number;
}

const MANTISSA_BITS = 64;
/** Places after the point that are printed. */
const PLACES = 17;
/** Powers of ten that a long double reaches; beyond them there is nothing to compute. */
const DECIMAL_EXPONENT_MAX = 4_900;
const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

/** Bits of the exponent's range, beyond which nothing is left of a number. */
const BINARY_EXPONENT_MAX = 16_383;

/** Reads a finite number, as C writes them; null for anything else. */
export function parseLongDouble(text: string): LongDouble | null {
  const hexadecimal = parseHexadecimal(text);
  if (hexadecimal) {
    const isInRange = Math.abs(hexadecimal.exponent) + bitsOf(hexadecimal.mantissa) <= BINARY_EXPONENT_MAX;
    return isInRange ? rounded(hexadecimal.mantissa, hexadecimal.exponent) : null;
  }
  const [, sign = "", whole = "", fraction = "", power = "0"] = DECIMAL.exec(text) ?? [];
  if (whole + fraction === "") return null;
  const decimals = Number(power) - fraction.length;
  if (Math.abs(decimals) + whole.length + fraction.length > DECIMAL_EXPONENT_MAX) return null;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  if (decimals >= 0) return rounded(digits * 10n ** BigInt(decimals), 0);
  // So many more bits that the division leaves a mantissa and some for rounding.
  const divisor = 10n ** BigInt(-decimals);
  const shift = MANTISSA_BITS + 2 + bitsOf(divisor);
  const quotient = (digits << BigInt(shift)) / divisor;
  const isExact = quotient * divisor === digits << BigInt(shift);
  // A last bit that stands for everything that was cut off, so that a tie is one only when it is exact.
  const sticky = isExact ? 0n : digits < 0n ? -1n : 1n;
  return rounded(quotient * 2n + sticky, -shift - 1);
}

export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble {
  const exponent = Math.min(a.exponent, b.exponent);
  const aligned = ({ mantissa, exponent: own }: LongDouble) => mantissa << BigInt(own - exponent);
  return rounded(aligned(a) + aligned(b), exponent);
}

/** As C prints it with %.17Lf, without needless zeros. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const scaled = mantissa * 10n ** BigInt(PLACES);
  const units = exponent >= 0 ? scaled << BigInt(exponent) : shiftedRight(scaled, -exponent);
  const digits = String(units < 0n ? -units : units).padStart(PLACES + 1, "0");
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -PLACES)}${fraction === "" ? "" : `.${fraction}`}`;
}

const bitsOf = (value: bigint): number => (value < 0n ? -value : value).toString(2).length;

function rounded(mantissa: bigint, exponent: number): LongDouble {
  const excess = bitsOf(mantissa) - MANTISSA_BITS;
  if (excess <= 0) return { mantissa, exponent };
  return { mantissa: shiftedRight(mantissa, excess), exponent: exponent + excess };
}

/** Rounds to the nearest, a tie to the even one. */
function shiftedRight(value: bigint, bits: number): bigint {
  const divisor = 1n << BigInt(bits);
  const size = value < 0n ? -value : value;
  const [quotient, rest] = [size / divisor, (size % divisor) * 2n];
  const up = rest > divisor || (rest === divisor && quotient % 2n === 1n) ? 1n : 0n;
  return value < 0n ? -(quotient + up) : quotient + up;
}
