import { base64url } from "jose";
import { del, get, set } from "../shared/redis/commands.ts";
import { openRedis } from "../shared/redis/nodes.ts";
import { log } from "../shared/log.ts";
import { type Account, findAccount } from "./accounts.ts";

/** A session ends this long after its login, however often it is refreshed (NIST SP 800-63B, 2.1.3). */
export const SESSION_SECONDS = 30 * 86_400;

const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
const MS_PER_SECOND = 1_000;

/** A family and a secret of it, in base64url: anything else is not worth a question. */
const TOKEN = /^([\w-]{22})\.([\w-]{43})$/;

/** A refresh token as the client gets it. */
export interface RefreshToken {
  token: string;
  secondsLeft: number;
}

/**
 * A family: all tokens that descend from one login, of which the newest alone is good. Another secret of the
 * same family is one that was used before, because nobody else knows the family's name.
 */
interface Family {
  userId: string;
  /** SHA-256 of the newest token's secret. */
  secretHash: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

const keyOf = (name: string) => `session:${name}`;

/** Begins a family for a login; its first token. */
export async function newRefreshToken(env: Env, userId: string, now: number): Promise<RefreshToken> {
  const name = randomText(FAMILY_BYTES);
  const secret = randomText(SECRET_BYTES);
  const expiresAt = now + SESSION_SECONDS * MS_PER_SECOND;
  const family: Family = { userId, secretHash: await hashOf(secret), expiresAt };
  await openRedis(env).run(set(keyOf(name), JSON.stringify(family), { expiresAt }));
  return { token: `${name}.${secret}`, secondsLeft: SESSION_SECONDS };
}

/**
 * Exchanges a refresh token for its successor and its owner's current account; null when the token is unknown,
 * expired or used, and a used one ends its family. The successor takes the place of what was read only if that
 * is still there: of two exchanges at once the first succeeds, and the second one counts as reuse. A database
 * that cannot be read leaves the token as good as it was.
 */
export async function rotateRefreshToken(
  env: Env,
  token: string,
  now: number,
): Promise<{ account: Account; refreshToken: RefreshToken } | null> {
  const [, name, secret] = TOKEN.exec(token) ?? [];
  if (name === undefined || secret === undefined) return null;
  const redis = openRedis(env);
  const seen = await redis.observe(get(keyOf(name)));
  const family = seen.value === null ? null : (JSON.parse(seen.value) as Family);
  if (!family || family.expiresAt <= now) return null;
  const { userId, secretHash, expiresAt } = family;
  if ((await hashOf(secret)) !== secretHash) return await endReused(env, name, userId);
  const account = await findAccount(env, userId);
  if (!account) return null;

  const successor = randomText(SECRET_BYTES);
  const next: Family = { ...family, secretHash: await hashOf(successor) };
  const exchange = set(keyOf(name), JSON.stringify(next), { expiresAt });
  if (!(await redis.transaction([exchange], { ifStill: [seen] }))) return await endReused(env, name, userId);
  const secondsLeft = Math.floor((expiresAt - now) / MS_PER_SECOND);
  return { account, refreshToken: { token: `${name}.${successor}`, secondsLeft } };
}

/** Ends the session a refresh token belongs to, used or not. An unknown token ends nothing. */
export async function endFamily(env: Env, token: string): Promise<void> {
  const [, name] = TOKEN.exec(token) ?? [];
  if (name !== undefined) await openRedis(env).run(del(keyOf(name)));
}

async function endReused(env: Env, name: string, userId: string): Promise<null> {
  await openRedis(env).run(del(keyOf(name)));
  log.warn("refresh_token_reused", { userId });
  return null;
}

function randomText(bytes: number): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** Enough for 256 random bits: there is nothing to guess, so there is nothing to slow down. */
async function hashOf(secret: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))),
  );
}
