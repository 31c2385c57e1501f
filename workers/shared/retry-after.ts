/** Spread of `Retry-After`, in seconds: without it everyone who was turned away comes back at once. */
const RETRY_JITTER_SECONDS = 1;

/**
 * Whole seconds for `Retry-After`: never earlier than the wait really is, and spread a little.
 * @param waitMs how long waiting makes sense, in milliseconds.
 */
export function retryAfterSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000 + Math.random() * RETRY_JITTER_SECONDS));
}
