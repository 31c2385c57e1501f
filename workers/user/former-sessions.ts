import { inArray, lte } from "drizzle-orm";
import { loginFailures, refreshTokens } from "../database/schema.ts";
import { database } from "../platform/database.ts";

/** Rows one purge deletes of each kind; the rest waits for the next minute. */
const PURGE_ROWS_MAX = 5_000;

/**
 * Deletes what a version before kept of sessions in D1, as its time is over at `now`, a bounded number of rows at a
 * time. Nothing is written there any more; the tables are there for that version, until a later one drops them.
 */
export async function purgeFormerSessions(
  env: Env,
  now: number,
): Promise<{ refreshTokens: number; attemptCounts: number }> {
  const db = database(env);
  const expiredTokens = db
    .select({ id: refreshTokens.tokenHash })
    .from(refreshTokens)
    .where(lte(refreshTokens.expiresAt, now))
    .limit(PURGE_ROWS_MAX);
  const expiredCounts = db
    .select({ id: loginFailures.subject })
    .from(loginFailures)
    .where(lte(loginFailures.windowEndsAt, now))
    .limit(PURGE_ROWS_MAX);
  const [tokens, counts] = await db.batch([
    db.delete(refreshTokens).where(inArray(refreshTokens.tokenHash, expiredTokens)),
    db.delete(loginFailures).where(inArray(loginFailures.subject, expiredCounts)),
  ]);
  return { refreshTokens: tokens.meta.changes, attemptCounts: counts.meta.changes };
}
