import { createRoute } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { createApi } from "../edge/api.ts";
import type { AppEnv } from "../edge/context.ts";
import { noStore } from "../edge/no-store.ts";
import { namedOrigin } from "../edge/named-origin.ts";
import { requireSameOrigin, requireTrustedOrigin } from "../edge/same-origin.ts";
import * as contract from "./contract.ts";
import { endFamily } from "./refresh-tokens.ts";
import { clearSessionCookies, refreshCookie, setSessionCookies } from "../edge/session-cookies.ts";
import { logIn, refreshSession, register, type Session } from "./sessions.ts";
import { toAccessGrant, toSession } from "./wire.ts";

/**
 * Everything that gives out or takes back tokens. Mounted before `authenticate`: an expired access token
 * must not keep its owner from getting a new one. No other site's page may use these routes, be it to
 * log somebody out or to log him in as somebody else, unless the operator has named it.
 */
export const sessionRoutes = createApi();

const GUARDS: MiddlewareHandler<AppEnv>[] = [requireSameOrigin(), noStore()];
/** A password is proof enough for a page of the main shop as well. */
const LOGIN_GUARDS: MiddlewareHandler<AppEnv>[] = [requireTrustedOrigin(), noStore()];

const registrationRoute = createRoute({ ...contract.registrationRoute, middleware: LOGIN_GUARDS });

sessionRoutes.openapi(registrationRoute, async (c) => {
  const session = await register(c.env, c.req.valid("json"), c.get("address"));
  keepInBrowser(c, session);
  return c.json(toSession(session), 201);
});

const loginRoute = createRoute({ ...contract.loginRoute, middleware: LOGIN_GUARDS });

sessionRoutes.openapi(loginRoute, async (c) => {
  const session = await logIn(c.env, c.req.valid("json"), c.get("address"));
  keepInBrowser(c, session);
  return c.json(toSession(session), 200);
});

/** Cookies are for our own pages; those of another origin hold the access token themselves. */
function keepInBrowser(c: Context<AppEnv>, session: Session): void {
  if (namedOrigin(c.req.raw, c.env) === null) setSessionCookies(c, session);
}

const refreshRoute = createRoute({ ...contract.refreshRoute, middleware: GUARDS });

sessionRoutes.openapi(refreshRoute, async (c) => {
  const session = await refreshSession(c.env, refreshCookie(c));
  setSessionCookies(c, session);
  return c.json(toAccessGrant(session), 200);
});

const logoutRoute = createRoute({ ...contract.logoutRoute, middleware: GUARDS });

sessionRoutes.openapi(logoutRoute, async (c) => {
  const token = refreshCookie(c);
  if (token !== undefined) await endFamily(c.env, token);
  clearSessionCookies(c);
  return c.body(null, 204);
});
