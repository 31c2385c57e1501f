import type { z } from "@hono/zod-openapi";
import { toInstant } from "../shared/instant.ts";
import { ACCESS_TOKEN_SECONDS } from "./access-token.ts";
import type { Account } from "./accounts.ts";
import type { accessGrantSchema, sessionSchema, userSchema } from "./schemas.ts";
import type { Session } from "./sessions.ts";

/** An account as the contract shows it. */
export function toUser(account: Account): z.infer<typeof userSchema> {
  const { id, username, tier, role, createdAt } = account;
  return { id, username, tier, role, createdAt: toInstant(createdAt) };
}

/** What a refresh answers: the refresh token itself travels in its cookie only. */
export function toAccessGrant(session: Session): z.infer<typeof accessGrantSchema> {
  return { accessToken: session.accessToken, expiresIn: ACCESS_TOKEN_SECONDS };
}

/** What a login or a registration answers. */
export function toSession(session: Session): z.infer<typeof sessionSchema> {
  return { user: toUser(session.account), ...toAccessGrant(session) };
}
