/** Pauses after the first, second … failed attempt, in seconds; after the last attempt a delivery is dead. */
export const RETRY_AFTER_SECONDS = [5, 60, 300, 1_800, 7_200, 18_000, 36_000] as const;
/** Attempts before a delivery is given up: over some eighteen hours. */
export const ATTEMPTS_MAX = RETRY_AFTER_SECONDS.length + 1;
/** Share of a pause that varies at random, so that what failed together does not come back together. */
const JITTER = 0.2;

/** Pauses of the whole endpoint while nothing at all gets through, in milliseconds; doubles from one to the other. */
export const ENDPOINT_PAUSE_MIN_MS = 5_000;
export const ENDPOINT_PAUSE_MAX_MS = 600_000;

/**
 * How long to wait after this many failed attempts, in milliseconds; null when there will be no other.
 * @param random between 0 and 1.
 */
export function retryDelayMs(attempts: number, random: number): number | null {
  const seconds = RETRY_AFTER_SECONDS[attempts - 1];
  return seconds === undefined ? null : Math.round(seconds * 1_000 * (1 + JITTER * random));
}

/** How long to leave an endpoint alone after so many rounds in a row in which nothing got through. */
export function endpointPauseMs(failedRounds: number): number {
  return Math.min(ENDPOINT_PAUSE_MIN_MS * 2 ** (failedRounds - 1), ENDPOINT_PAUSE_MAX_MS);
}
