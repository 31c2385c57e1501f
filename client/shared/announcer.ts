/** What is left of a countdown when it is worth saying aloud, in seconds: not each second. */
export const THRESHOLDS_SECONDS = [3_600, 1_800, 600, 300, 60, 30, 10] as const;

/**
 * The threshold that lies between two readings of a countdown, or undefined: the smallest one, when a
 * sleeping tab has jumped over several.
 */
export function thresholdBetween(beforeMs: number, afterMs: number): number | undefined {
  const crossed = THRESHOLDS_SECONDS.filter(
    (seconds) => beforeMs > seconds * 1_000 && afterMs <= seconds * 1_000 && afterMs > 0,
  );
  return crossed.at(-1);
}
