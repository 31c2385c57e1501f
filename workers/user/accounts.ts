import { and, asc, eq, exists, gt, gte, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { users } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { type Complaint, type FieldError, fieldError } from "../shared/complaints.ts";
import type { Identity } from "../shared/identity.ts";
import { newUserId } from "../shared/ids.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { Refusal } from "../shared/refusals.ts";
import { hashPassword } from "./password-hash.ts";
import { passwordProblem } from "./password-rules.ts";
import { displayUsername, usernameKey, usernameProblem } from "./username.ts";

export type Role = Identity["role"];

const MS_PER_SECOND = 1_000;

/** An account without its password hash. `createdAt` is in epoch milliseconds. */
export interface Account {
  id: string;
  username: string;
  tier: number;
  role: Role;
  createdAt: number;
}

/** The columns of an `Account`, for a query that has no business with the hash. */
export const ACCOUNT_COLUMNS = {
  id: users.id,
  username: users.username,
  tier: users.tier,
  role: users.role,
  createdAt: users.createdAt,
};

export function identityOf(account: Account): Identity {
  return {
    userId: account.id,
    role: account.role,
    tier: account.tier,
    registeredAt: Math.floor(account.createdAt / MS_PER_SECOND),
  };
}

/**
 * Makes an account for a shopper.
 * @throws Refusal `invalid_request` naming each field that breaks a rule, or a name that is taken.
 */
export async function createAccount(
  env: Env,
  { username, password }: { username: string; password: string },
  now: number,
): Promise<Account> {
  const key = usernameKey(username);
  const errors: FieldError[] = [];
  const addError = (path: string, complaint: Complaint | null) =>
    complaint && errors.push(fieldError(path, complaint.code, complaint.limit));
  addError("username", usernameProblem(username));
  addError("password", passwordProblem(password, key));
  if (errors.length > 0) throw new Refusal("invalid_request", { errors });
  // Before the admin's name is looked at, so that time does not tell which of the taken names it is.
  const passwordHash = await hashPassword(password);
  const account = isAdminName(env, key)
    ? null
    : await insertAccount(env, { username, passwordHash, role: "shopper" }, now);
  if (account) return account;
  throw new Refusal("invalid_request", { errors: [fieldError("username", "username_taken")] });
}

/** The first admin's name is his before he has ever logged in. */
function isAdminName(env: Env, key: string): boolean {
  return Boolean(env.ADMIN_USERNAME) && usernameKey(env.ADMIN_USERNAME) === key;
}

/** Adds an account whose name the caller vouches for; null when the name is taken. */
export async function insertAccount(
  env: Env,
  { username, passwordHash, role }: { username: string; passwordHash: string; role: Role },
  now: number,
): Promise<Account | null> {
  const row = {
    id: newUserId(),
    username: displayUsername(username),
    usernameKey: usernameKey(username),
    passwordHash,
    role,
    tier: 0,
    createdAt: now,
  };
  const [inserted] = await database(env)
    .insert(users)
    .values(row)
    .onConflictDoNothing({ target: users.usernameKey })
    .returning(ACCOUNT_COLUMNS);
  return inserted ?? null;
}

/** The account with this id, or null. */
export async function findAccount(env: Env, id: string): Promise<Account | null> {
  const [account] = await database(env).select(ACCOUNT_COLUMNS).from(users).where(eq(users.id, id)).limit(1);
  return account ?? null;
}

/**
 * The caller's account. Other tools may hold the keys and make tokens for users of their own, who have
 * no row here: for them the token is all there is, and its subject is their name.
 */
export async function accountOf(env: Env, identity: Identity): Promise<Account> {
  const { userId, role, tier, registeredAt } = identity;
  const account = await findAccount(env, userId);
  return account ?? { id: userId, username: userId, tier, role, createdAt: registeredAt * MS_PER_SECOND };
}

export interface UserPage {
  users: Account[];
  /** Present when there are more; goes into the next call as `cursor`. */
  nextCursor?: string;
}

/**
 * Accounts whose name begins with `query` or whose id is `query`, by name, a page at a time. Both
 * conditions are index ranges: no search walks the whole table.
 * @throws Refusal `invalid_request` for a cursor that is not from an earlier page.
 */
export async function findUsers(
  env: Env,
  { query, cursor }: { query?: string | undefined; cursor?: string | undefined },
): Promise<UserPage> {
  const after = cursor === undefined ? undefined : gt(users.usernameKey, await keyAt(env, cursor));
  const rows = await database(env)
    .select(ACCOUNT_COLUMNS)
    .from(users)
    .where(and(query ? matches(query) : undefined, after))
    .orderBy(asc(users.usernameKey))
    .limit(ADMIN_PAGE_SIZE + 1);
  const found = rows.slice(0, ADMIN_PAGE_SIZE);
  const last = found.at(-1);
  return rows.length > found.length && last ? { users: found, nextCursor: last.id } : { users: found };
}

/** A cursor is the id of the last account on the page before: short, and no name shows in a URL. */
async function keyAt(env: Env, cursor: string): Promise<string> {
  const [last] = await database(env)
    .select({ key: users.usernameKey })
    .from(users)
    .where(eq(users.id, cursor))
    .limit(1);
  if (last) return last.key;
  throw new Refusal("invalid_request", { errors: [fieldError("cursor", "not_cursor")] });
}

function matches(query: string): SQL | undefined {
  const prefix = usernameKey(query);
  // SQLite compares text by its UTF-8 bytes, and nothing sorts after the last code point.
  const behind = sql`${prefix} || char(1114111)`;
  return or(eq(users.id, query), and(gte(users.usernameKey, prefix), lt(users.usernameKey, behind)));
}

/**
 * The statement that gives an account another star level or role, and returns it. It changes nothing when
 * the account is not as in `before` any more, or when no admin would be left. Tokens already given out
 * keep the old values until they expire, at most `ACCESS_TOKEN_SECONDS` later; the next refresh reads the
 * new ones.
 */
export function replaceAccount(env: Env, before: Account, { tier, role }: Pick<Account, "tier" | "role">) {
  const asBefore = and(eq(users.id, before.id), eq(users.tier, before.tier), eq(users.role, before.role));
  const admins =
    before.role === "admin" && role !== "admin" ? exists(otherAdmins(env, before.id)) : undefined;
  return database(env)
    .update(users)
    .set({ tier, role })
    .where(and(asBefore, admins))
    .returning(ACCOUNT_COLUMNS);
}

/** Whether anybody else is an admin. */
export async function hasOtherAdmin(env: Env, id: string): Promise<boolean> {
  return (await otherAdmins(env, id)).length > 0;
}

function otherAdmins(env: Env, id: string) {
  const isOther = and(eq(users.role, "admin"), ne(users.id, id));
  return database(env).select({ id: users.id }).from(users).where(isOther).limit(1);
}
