export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MAX_MS = 30_000;

/**
 * How long to wait before the next attempt to connect, in milliseconds: twice as long after each failure,
 * and no two pages at the same moment. `random` is in [0, 1).
 */
export function backOffMs(failures: number, random: number): number {
  const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** failures);
  return longest / 2 + (longest / 2) * random;
}
