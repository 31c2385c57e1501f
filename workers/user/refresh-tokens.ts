import { and, eq, gt, inArray, isNotNull, lte, sql } from "drizzle-orm";
import { base64url } from "jose";
import { loginFailures, refreshTokens, users } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { log } from "../shared/log.ts";
import { ACCOUNT_COLUMNS, type Account } from "./accounts.ts";

/** A session ends this long after its login, however often it is refreshed (NIST SP 800-63B, 2.1.3). */
export const SESSION_SECONDS = 30 * 86_400;

const TOKEN_BYTES = 32;
const MS_PER_SECOND = 1_000;

/** 32 random bytes in base64url: anything else is not worth a look into the database. */
const TOKEN = /^[\w-]{43}$/;

/** Rows one purge deletes of each kind; the rest waits for the next minute. */
const PURGE_ROWS_MAX = 5_000;

/** A refresh token as the client gets it. */
export interface RefreshToken {
  token: string;
  secondsLeft: number;
}

/** A new family for a login: the token, and the statement that stores its hash. */
export async function newRefreshToken(env: Env, userId: string, now: number) {
  const token = randomToken();
  const expiresAt = now + SESSION_SECONDS * MS_PER_SECOND;
  const row = { tokenHash: await hashOf(token), familyId: randomToken(), userId, createdAt: now, expiresAt };
  const refreshToken: RefreshToken = { token, secondsLeft: SESSION_SECONDS };
  return { refreshToken, store: database(env).insert(refreshTokens).values(row) };
}

/**
 * Exchanges a refresh token for its successor and its owner's current account; null when the token is
 * unknown, expired or used. It is one transaction, and begins by deleting the family of a used token: what
 * is left of the token afterwards has never been used. So of two exchanges at once only the first
 * succeeds, and the second one counts as reuse.
 */
export async function rotateRefreshToken(
  env: Env,
  token: string,
  now: number,
): Promise<{ account: Account; refreshToken: RefreshToken } | null> {
  if (!TOKEN.test(token)) return null;
  const db = database(env);
  const tokenHash = await hashOf(token);
  const successor = randomToken();
  const successorHash = await hashOf(successor);
  const reusedFamily = db
    .select({ familyId: refreshTokens.familyId })
    .from(refreshTokens)
    .where(and(eq(refreshTokens.tokenHash, tokenHash), isNotNull(refreshTokens.rotatedAt)));
  const isUnexpired = and(eq(refreshTokens.tokenHash, tokenHash), gt(refreshTokens.expiresAt, now));
  const [ended, , , found] = await db.batch([
    db
      .delete(refreshTokens)
      .where(inArray(refreshTokens.familyId, reusedFamily))
      .returning({ userId: refreshTokens.userId }),
    db.insert(refreshTokens).select(
      db
        .select({
          tokenHash: sql<string>`${successorHash}`.as("token_hash"),
          familyId: refreshTokens.familyId,
          userId: refreshTokens.userId,
          createdAt: sql<number>`${now}`.as("created_at"),
          expiresAt: refreshTokens.expiresAt,
          rotatedAt: sql<null>`null`.as("rotated_at"),
        })
        .from(refreshTokens)
        .where(isUnexpired),
    ),
    db.update(refreshTokens).set({ rotatedAt: now }).where(isUnexpired),
    db
      .select({ ...ACCOUNT_COLUMNS, expiresAt: refreshTokens.expiresAt })
      .from(refreshTokens)
      .innerJoin(users, eq(users.id, refreshTokens.userId))
      .where(eq(refreshTokens.tokenHash, successorHash)),
  ]);
  if (ended[0]) log.warn("refresh_token_reused", { userId: ended[0].userId });
  if (!found[0]) return null;
  const { expiresAt, ...account } = found[0];
  const secondsLeft = Math.floor((expiresAt - now) / MS_PER_SECOND);
  return { account, refreshToken: { token: successor, secondsLeft } };
}

/** Ends the session a refresh token belongs to, used or not. An unknown token ends nothing. */
export async function endFamily(env: Env, token: string): Promise<void> {
  if (!TOKEN.test(token)) return;
  const db = database(env);
  const family = db
    .select({ familyId: refreshTokens.familyId })
    .from(refreshTokens)
    .where(eq(refreshTokens.tokenHash, await hashOf(token)));
  await db.delete(refreshTokens).where(inArray(refreshTokens.familyId, family));
}

/**
 * Deletes refresh tokens and attempt counts whose time is over at `now`, a bounded number at a time.
 * Safe to repeat and to run at any moment: nothing expired is ever used.
 */
export async function purgeExpiredSessions(
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

function randomToken(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
}

/** Enough for 256 random bits: there is nothing to guess, so there is nothing to slow down. */
async function hashOf(token: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))),
  );
}
