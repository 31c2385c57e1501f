/** Wait before the second delivery, in seconds; the third waits twice as long, and so on. */
const RETRY_FIRST_SECONDS = 2;
/** Longest wait between two deliveries, in seconds: a database back after an outage is noticed by then. */
export const RETRY_LONGEST_SECONDS = 300;

/**
 * Whole seconds to wait after the given number of deliveries (1 for the first). Between half and all
 * of the exponential delay, so that messages that failed together do not come back together.
 */
export function retryDelaySeconds(deliveries: number, random: number = Math.random()): number {
  const longest = Math.min(RETRY_LONGEST_SECONDS, RETRY_FIRST_SECONDS * 2 ** (deliveries - 1));
  return Math.ceil(longest * (0.5 + random / 2));
}
