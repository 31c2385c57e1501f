/** Beyond the wait itself, in seconds: without a spread everyone who was turned away comes back at once. */
const SPREAD_MIN_SECONDS = 1;
/** The same for long waits, as a share of the wait. */
const SPREAD_SHARE = 0.25;

const MS_PER_SECOND = 1_000;

/**
 * Whole seconds for `Retry-After`: never earlier than the wait really is, and spread evenly over a second
 * or, after a long wait, a quarter of it.
 * @param waitMs how long waiting makes sense, in milliseconds.
 */
export function retryAfterSeconds(waitMs: number): number {
  const wait = Math.max(1, Math.ceil(waitMs / MS_PER_SECOND));
  const spread = Math.max(SPREAD_MIN_SECONDS, Math.floor(wait * SPREAD_SHARE));
  return wait + Math.floor(Math.random() * (spread + 1));
}
