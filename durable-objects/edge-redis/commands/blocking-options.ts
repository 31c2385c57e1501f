import type { Call } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { parseLongDouble } from "../engine/long-double.ts";
import { INTEGER_MAX, parseAsC, parseDouble, toInteger, toIntegerIn } from "../engine/numbers.ts";

const MS_PER_SECOND = 1_000;
/** Longer than anybody waits; a timer takes no more. Milliseconds. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** A timeout in seconds, with decimals, as milliseconds; 0 waits for ever. @throws RedisError */
export function toTimeoutMs(text: string): number {
  const seconds = parseLongDouble(text) ? parseAsC(text) : parseDouble(text);
  if (seconds === null) throw new RedisError("ERR timeout is not a float or out of range");
  const ms = Math.ceil(seconds * MS_PER_SECOND);
  // In Redis, what is too large overflows, and is negative then.
  if (ms < 0 || ms >= INTEGER_MAX) throw new RedisError("ERR timeout is negative");
  return Math.min(TIMEOUT_MAX_MS, ms);
}

/** A timeout in milliseconds, of which there are no parts. @throws RedisError */
export function toTimeoutInMs(text: string): number {
  const ms = toInteger(text, () => new RedisError("ERR timeout is not an integer or out of range"));
  if (ms < 0) throw new RedisError("ERR timeout is negative");
  return ms;
}

/** Keys behind their number, and where the arguments go on. @throws RedisError */
export function readCountedKeys(
  call: Call,
  countAt: number,
  complaintAboutLength = syntaxError,
): { keys: string[]; next: number } {
  const complaint = () => new RedisError("ERR numkeys should be greater than 0");
  const count = toIntegerIn(call.arg(countAt), 1, INTEGER_MAX, complaint);
  const next = countAt + 1 + count;
  if (next > call.args.length) throw complaintAboutLength();
  return { keys: call.args.slice(countAt + 1, next), next };
}

/** `COUNT n` from an index on; 1 where there is none. @throws RedisError */
export function readPopCount(call: Call, at: number): number {
  if (call.args.length === at) return 1;
  if (call.option(at) !== "COUNT" || call.args.length < at + 2) throw syntaxError();
  const complaint = () => new RedisError("ERR count should be greater than 0");
  const count = toIntegerIn(call.arg(at + 1), 1, INTEGER_MAX, complaint);
  if (call.args.length > at + 2) throw syntaxError();
  return count;
}
