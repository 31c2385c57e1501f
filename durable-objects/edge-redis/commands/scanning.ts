import type { Call } from "../engine/command.ts";
import type { Dictionary } from "../engine/dictionary.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { matchesGlob } from "../engine/glob.ts";
import { toInteger } from "../engine/numbers.ts";

export interface ScanOptions {
  cursor: number;
  count: number;
  matches: (key: string) => boolean;
  /** Of SCAN alone. */
  type: string | null;
}

const COUNT_DEFAULT = 10;
/** As C's strtoul reads it: a zero byte ends the text, nothing is 0, and what is negative wraps around. */
const CURSOR = /^(?:([+-]?)(\d+))?(?:\0|$)/;
const CURSOR_BITS = 64;

/** A cursor, near enough where it is none that was ever given; null for what is none. */
export function parseCursor(text: string): number | null {
  const [isOne, sign, digits = "0"] = CURSOR.exec(text) ?? [];
  if (isOne === undefined || digits.length > CURSOR_DIGITS_MAX) return null;
  const cursor = BigInt(digits);
  if (BigInt.asUintN(CURSOR_BITS, cursor) !== cursor) return null;
  return Number(sign === "-" ? BigInt.asUintN(CURSOR_BITS, -cursor) : cursor);
}

/** Zeros in front and all; a 64-bit number has 20. */
const CURSOR_DIGITS_MAX = 1_024;

/** Reads a cursor and the options behind it. */
export function readScanOptions(call: Call, cursorAt: number, allowsType: boolean): ScanOptions {
  const cursor = parseCursor(call.arg(cursorAt));
  if (cursor === null) throw new RedisError("ERR invalid cursor");
  const options: ScanOptions = {
    cursor,
    count: COUNT_DEFAULT,
    matches: () => true,
    type: null,
  };
  for (let at = cursorAt + 1; at < call.args.length; at += 2) {
    const option = call.option(at);
    const value = call.arg(at + 1);
    if (option === "COUNT") {
      options.count = toInteger(value);
      if (options.count < 1) throw syntaxError();
    } else if (option === "MATCH") options.matches = (key) => matchesGlob(value, key);
    else if (option === "TYPE" && allowsType) options.type = value.toLowerCase();
    else throw syntaxError();
  }
  return options;
}

export function answerScan({ reply }: Call, cursor: number, values: string[]): void {
  reply.array(2);
  reply.bulk(String(cursor));
  reply.bulks(values);
}

/** HSCAN, SSCAN and ZSCAN: a compact value at once, a large one page by page. */
export function scanValue(
  call: Call,
  dictionary: Dictionary<unknown> | undefined,
  isCompact: boolean,
  valuesOf: (key: string) => string[],
): void {
  const options = readScanOptions(call, 2, false);
  if (!dictionary) return answerScan(call, 0, []);
  const page = isCompact
    ? { keys: [...dictionary.keys()], cursor: 0 }
    : dictionary.scan(options.cursor, options.count);
  answerScan(call, page.cursor, page.keys.filter(options.matches).flatMap(valuesOf));
}
