import type { Identity } from "../shared/identity.ts";
import { Refusal } from "../shared/refusals.ts";
import { type Account, findAccount, findUsers, type Role, updateUser } from "../user/accounts.ts";
import { usernameKey } from "../user/username.ts";
import { auditAfterwards } from "./audit.ts";

/** What an admin may set; what is not given stays. */
export interface AccountChanges {
  tier?: number | undefined;
  role?: Role | undefined;
}

/**
 * Sets star level or role of an account. Nobody takes the role of admin from himself, so there is
 * always one left.
 * @throws Refusal `not_found`, or `invalid_request` for one's own role.
 */
export async function changeAccount(
  env: Env,
  actor: Identity,
  id: string,
  changes: AccountChanges,
): Promise<Account> {
  if (id === actor.userId && changes.role === "shopper") {
    const message = "you cannot take the role of admin from yourself";
    throw new Refusal("invalid_request", { errors: [{ path: "role", message }] });
  }
  const before = await findAccount(env, id);
  const after = await updateUser(env, id, changes);
  if (before && (before.tier !== after.tier || before.role !== after.role)) {
    const details = {
      username: after.username,
      before: { tier: before.tier, role: before.role },
      after: { tier: after.tier, role: after.role },
    };
    const entry = { actor: actor.userId, action: "user.update", subject: id, details };
    await auditAfterwards(env, entry, Date.now());
  }
  return after;
}

/** The id of the account that has this id or username; the text itself, when it is neither. */
export async function userIdOf(env: Env, idOrUsername: string): Promise<string> {
  const key = usernameKey(idOrUsername);
  // The name itself comes before the longer names that begin with it, so it is on the first page.
  const { users } = await findUsers(env, { query: idOrUsername });
  const meant =
    users.find(({ id }) => id === idOrUsername) ??
    users.find(({ username }) => usernameKey(username) === key);
  return meant?.id ?? idOrUsername;
}
