/** How long a purchase waits for what Redis knows before it goes on with what it has, in milliseconds. */
export const REDIS_PATIENCE_MS = 2_000;
