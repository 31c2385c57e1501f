import { RedisError } from "../engine/errors.ts";
import { INTEGER_MAX, toInteger } from "../engine/numbers.ts";
import type { Dictionary } from "../engine/dictionary.ts";

const LARGEST = "9223372036854775807";
const SMALLEST_INTEGER = "-9223372036854775808";

/**
 * Random members that one reply may have with repetition, where Redis has no bound: a negative count could ask for
 * any number of them.
 */
const SAMPLE_MAX = 1_000_000;

/** So many random values as a client asks for. @throws RedisError */
export function readSampleCount(text: string, withValues: boolean): number {
  if (text === SMALLEST_INTEGER)
    throw new RedisError(`ERR value is out of range, value must between -${LARGEST} and ${LARGEST}`);
  const count = toInteger(text);
  const most = withValues ? INTEGER_MAX / 2 : INTEGER_MAX;
  if (Math.abs(count) > most || count < -SAMPLE_MAX) throw new RedisError("ERR value is out of range");
  return count;
}

/** So many random keys: a positive count without repetition, and at most all; a negative one with repetition. */
export function sampleOf(dictionary: Dictionary<unknown>, count: number): string[] {
  if (count === 0 || dictionary.size === 0) return [];
  if (count < 0) {
    return Array.from({ length: -count }, () => dictionary.randomKey() as string);
  }
  if (count >= dictionary.size) return [...dictionary.keys()];
  // Of many, it is cheaper to choose those that are left out.
  if (count * 3 > dictionary.size) {
    const chosen = new Set(dictionary.keys());
    while (chosen.size > count) chosen.delete(dictionary.randomKey() as string);
    return [...chosen];
  }
  const chosen = new Set<string>();
  while (chosen.size < count) chosen.add(dictionary.randomKey() as string);
  return [...chosen];
}
