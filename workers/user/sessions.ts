import { eq } from "drizzle-orm";
import { users } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { equalSecrets } from "../shared/equal-secrets.ts";
import { Refusal } from "../shared/refusals.ts";
import { issueAccessToken } from "./access-token.ts";
import { ACCOUNT_COLUMNS, type Account, createAccount, identityOf, insertAccount } from "./accounts.ts";
import {
  ACCOUNT_ALLOWANCE,
  ADDRESS_ALLOWANCE,
  brake,
  countAttempt,
  counted,
  countedAddress,
  forgiveLogin,
  REGISTRATION_ALLOWANCE,
} from "./login-throttle.ts";
import { hashPassword, needsRehash, verifyPassword } from "./password-hash.ts";
import { newRefreshToken, type RefreshToken, rotateRefreshToken } from "./refresh-tokens.ts";
import { usernameKey } from "./username.ts";

export interface Credentials {
  username: string;
  password: string;
}

/** What a login, a registration or a refresh gives out. */
export interface Session {
  account: Account;
  accessToken: string;
  refreshToken: RefreshToken;
}

/**
 * Makes an account and logs it in.
 * @throws Refusal `invalid_request` for a name or password that breaks a rule, `rate_limited` when this
 *   address has made too many.
 */
export async function register(
  env: Env,
  credentials: Credentials,
  address: string | null,
  now = Date.now(),
): Promise<Session> {
  const subjects = countedAddress(REGISTRATION_ALLOWANCE, address);
  await brake(env, subjects);
  await countAttempt(env, subjects, now);
  const account = await createAccount(env, credentials, now);
  const refreshToken = await newRefreshToken(env, account.id, now);
  return openSession(env, account, refreshToken, now);
}

/**
 * Logs in. Whether a name exists shows neither in the answer nor in the work done.
 * @throws Refusal `unauthenticated` for a wrong name or password; `rate_limited`, also with the right
 *   password, after too many attempts on this account or from this address.
 */
export async function logIn(
  env: Env,
  { username, password }: Credentials,
  address: string | null,
  now = Date.now(),
): Promise<Session> {
  const key = usernameKey(username);
  const subjects = [counted(ACCOUNT_ALLOWANCE, key), ...countedAddress(ADDRESS_ALLOWANCE, address)];
  await brake(env, subjects);
  const attempts = await countAttempt(env, subjects, now);
  const account = await verifiedAccount(env, key, password, now);
  if (!account) throw new Refusal("unauthenticated", { detail: "The username or the password is wrong." });
  const [refreshToken] = await Promise.all([
    newRefreshToken(env, account.id, now),
    forgiveLogin(env, attempts),
  ]);
  return openSession(env, account, refreshToken, now);
}

/** Reads the account and verifies its password; null when either is wrong. */
async function verifiedAccount(
  env: Env,
  key: string,
  password: string,
  now: number,
): Promise<Account | null> {
  const row = await findLogin(env, key);
  const hashMatches = await verifyPassword(password, row?.passwordHash);
  const secret = adminSecret(env, key);
  // The secret counts for the admin's account alone: a shopper who has that name stays one.
  const bySecret = secret !== null && row?.account.role !== "shopper";
  if (!(bySecret ? await equalSecrets(password.normalize("NFKC"), secret.normalize("NFKC")) : hashMatches))
    return null;
  if (!row) return firstAdmin(env, key, password, now);
  if (!hashMatches || needsRehash(row.passwordHash)) await storeHash(env, row.account.id, password);
  return row.account;
}

async function findLogin(env: Env, key: string) {
  const [row] = await database(env)
    .select({ account: ACCOUNT_COLUMNS, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.usernameKey, key))
    .limit(1);
  return row;
}

/** The account that the secrets name, made at its first login; one of two first logins finds it made. */
async function firstAdmin(env: Env, key: string, password: string, now: number): Promise<Account | null> {
  const passwordHash = await hashPassword(password);
  const admin = { username: env.ADMIN_USERNAME, passwordHash, role: "admin" } as const;
  return (await insertAccount(env, admin, now)) ?? (await findLogin(env, key))?.account ?? null;
}

/** The first admin's password when `key` is his name; null for everybody else, or when none is set. */
function adminSecret(env: Env, key: string): string | null {
  const { ADMIN_USERNAME, ADMIN_PASSWORD } = env;
  return ADMIN_USERNAME && ADMIN_PASSWORD && usernameKey(ADMIN_USERNAME) === key ? ADMIN_PASSWORD : null;
}

async function storeHash(env: Env, id: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password);
  await database(env).update(users).set({ passwordHash }).where(eq(users.id, id));
}

/**
 * Exchanges a refresh token for new tokens that carry the account's role and tier as they are now.
 * @throws Refusal `unauthenticated` when the token is unknown, expired or was used before; the last
 *   ends every session that came from the same login.
 */
export async function refreshSession(
  env: Env,
  token: string | undefined,
  now = Date.now(),
): Promise<Session> {
  const rotated = token === undefined ? null : await rotateRefreshToken(env, token, now);
  if (!rotated) throw new Refusal("unauthenticated", { detail: "The session has ended; log in again." });
  return openSession(env, rotated.account, rotated.refreshToken, now);
}

async function openSession(
  env: Env,
  account: Account,
  refreshToken: RefreshToken,
  now: number,
): Promise<Session> {
  return { account, refreshToken, accessToken: await issueAccessToken(env, identityOf(account), now) };
}
