import { waitUntil } from "cloudflare:workers";
import { countOpenLetters } from "../admin/dead-letters/dead-letters.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { log, messageOf } from "../shared/log.ts";
import { withTimeLimit } from "../shared/time-limit.ts";

/** How old the count may be: load balancers ask every few seconds, and the database need not hear of each. */
export const DEAD_LETTER_COUNT_MAX_AGE_MS = 30_000;
/** Longest wait for the database; without its answer the count is not known for DEAD_LETTER_COUNT_MAX_AGE_MS. */
const DATABASE_PATIENCE_MS = 1_000;

const counts = new FreshCache<{ open?: number }>({ max: 1, ttlMs: DEAD_LETTER_COUNT_MAX_AGE_MS, waitUntil });
const ALL = "all";

/** How many dead letters somebody has to look at, a while ago; undefined when nobody knows. Never throws. */
export async function knownDeadLetters(env: Env): Promise<number | undefined> {
  const { open } = await counts.get(ALL, () => count(env));
  return open;
}

async function count(env: Env): Promise<{ open?: number }> {
  try {
    return {
      open: await withTimeLimit(countOpenLetters(env), DATABASE_PATIENCE_MS, "Counting dead letters"),
    };
  } catch (error) {
    log.warn("dead_letters_uncounted", { message: messageOf(error) });
    return {};
  }
}
