import type { Dictionary } from "../engine/dictionary.ts";

/** Random members one reply may have, where Redis has no bound: a negative count asks for any number of repetitions. */
const SAMPLE_MAX = 1_000_000;

/** So many random keys: a positive count without repetition, and at most all; a negative one with repetition. */
export function sampleOf(dictionary: Dictionary<unknown>, count: number): string[] {
  if (count === 0 || dictionary.size === 0) return [];
  if (count < 0) {
    return Array.from({ length: Math.min(-count, SAMPLE_MAX) }, () => dictionary.randomKey() as string);
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
