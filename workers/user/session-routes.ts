import { createRoute } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { createApi } from "../edge/api.ts";
import type { AppEnv } from "../edge/context.ts";
import { noStore } from "../edge/no-store.ts";
import { requireSameOrigin } from "../edge/same-origin.ts";
import * as contract from "./contract.ts";
import { endFamily } from "./refresh-tokens.ts";
import { clearSessionCookies, refreshCookie, setSessionCookies } from "../edge/session-cookies.ts";
import { logIn, refreshSession, register } from "./sessions.ts";
import { toAccessGrant, toSession } from "./wire.ts";

/**
 * Everything that gives out or takes back tokens. Mounted before `authenticate`: an expired access token
 * must not keep its owner from getting a new one. No other site's page may use these routes, be it to
 * log somebody out or to log him in as somebody else.
 */
export const sessionRoutes = createApi();

const GUARDS: MiddlewareHandler<AppEnv>[] = [requireSameOrigin(), noStore()];

const registrationRoute = createRoute({ ...contract.registrationRoute, middleware: GUARDS });

sessionRoutes.openapi(registrationRoute, async (c) => {
  const session = await register(c.env, c.req.valid("json"), c.get("address"));
  setSessionCookies(c, session);
  return c.json(toSession(session), 201);
});

const loginRoute = createRoute({ ...contract.loginRoute, middleware: GUARDS });

sessionRoutes.openapi(loginRoute, async (c) => {
  const session = await logIn(c.env, c.req.valid("json"), c.get("address"));
  setSessionCookies(c, session);
  return c.json(toSession(session), 200);
});

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
