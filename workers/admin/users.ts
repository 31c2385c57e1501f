import { database } from "../platform/database.ts";
import { type ComplaintCode, fieldError } from "../shared/complaints.ts";
import type { Identity } from "../shared/identity.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import {
  type Account,
  findAccount,
  findUsers,
  hasOtherAdmin,
  replaceAccount,
  type Role,
} from "../user/accounts.ts";
import { usernameKey } from "../user/username.ts";
import { type AuditEntry, auditIfChanged } from "./audit.ts";

/** How often a change is tried when other admins change the same account at the same moment. */
const UPDATE_ATTEMPTS_MAX = 5;

/** What an admin may set; what is not given stays. */
export interface AccountChanges {
  tier?: number | undefined;
  role?: Role | undefined;
}

/**
 * Sets star level or role of an account. Nobody takes the role of admin from himself, and the last one
 * keeps it.
 * @throws Refusal `not_found`, or `invalid_request` for one's own role or the last admin's.
 */
export async function changeAccount(
  env: Env,
  actor: Identity,
  id: string,
  changes: AccountChanges,
): Promise<Account> {
  if (id === actor.userId && changes.role === "shopper") {
    throw roleRefusal("own_role");
  }
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
    const before = await findAccount(env, id);
    if (!before) throw new Refusal("not_found", explain("no_such_user"));
    const after = { ...before, tier: changes.tier ?? before.tier, role: changes.role ?? before.role };
    if (before.tier === after.tier && before.role === after.role) return before;
    const [[changed]] = await database(env).batch([
      replaceAccount(env, before, after),
      auditIfChanged(env, entryOf(actor, before, after), Date.now()),
    ]);
    if (changed) return changed;
    if (after.role !== "admin" && !(await hasOtherAdmin(env, id))) {
      throw roleRefusal("last_admin");
    }
  }
  throw new Refusal("overloaded", {
    ...explain("account_contended"),
    retryAfter: 1,
  });
}

function entryOf(actor: Identity, before: Account, after: Account): AuditEntry {
  const pick = ({ tier, role }: Account) => ({ tier, role });
  const details = { username: before.username, before: pick(before), after: pick(after) };
  return { actor: actor.userId, action: "user.update", subject: before.id, details };
}

function roleRefusal(code: ComplaintCode): Refusal {
  return new Refusal("invalid_request", { errors: [fieldError("role", code)] });
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
