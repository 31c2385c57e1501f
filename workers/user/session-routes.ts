import { createRoute } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import type { AppEnv } from "../edge/context.ts";
import { noStore } from "../edge/no-store.ts";
import { requireSameOrigin } from "../edge/same-origin.ts";
import { endFamily } from "./refresh-tokens.ts";
import { accessGrantSchema, credentialsSchema, sessionSchema } from "./schemas.ts";
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

const credentials = {
  body: { required: true, content: { "application/json": { schema: credentialsSchema } } },
};

const registration = createRoute({
  method: "post",
  path: "/api/users",
  tags: ["Users"],
  summary: "Register",
  middleware: GUARDS,
  request: credentials,
  responses: {
    201: jsonContent(sessionSchema, "The account, logged in; a refresh token in a cookie"),
    ...refusals("invalid_request", "unauthenticated", "rate_limited"),
  },
});

sessionRoutes.openapi(registration, async (c) => {
  const session = await register(c.env, c.req.valid("json"), c.get("address"));
  setSessionCookies(c, session);
  return c.json(toSession(session), 201);
});

const login = createRoute({
  method: "post",
  path: "/api/sessions",
  tags: ["Users"],
  summary: "Log in",
  middleware: GUARDS,
  request: credentials,
  responses: {
    200: jsonContent(sessionSchema, "The account; a refresh token in a cookie"),
    ...refusals("invalid_request", "unauthenticated", "rate_limited"),
  },
});

sessionRoutes.openapi(login, async (c) => {
  const session = await logIn(c.env, c.req.valid("json"), c.get("address"));
  setSessionCookies(c, session);
  return c.json(toSession(session), 200);
});

const refresh = createRoute({
  method: "post",
  path: "/api/sessions/refresh",
  tags: ["Users"],
  summary: "Exchange the refresh cookie for new tokens",
  description: "The refresh token works once; using it again ends every session from the same login.",
  middleware: GUARDS,
  responses: {
    200: jsonContent(accessGrantSchema, "A new access token; the next refresh token in a cookie"),
    ...refusals("unauthenticated"),
  },
});

sessionRoutes.openapi(refresh, async (c) => {
  const session = await refreshSession(c.env, refreshCookie(c));
  setSessionCookies(c, session);
  return c.json(toAccessGrant(session), 200);
});

const logout = createRoute({
  method: "delete",
  path: "/api/sessions",
  tags: ["Users"],
  summary: "Log out",
  description: "Ends the session of the refresh cookie. Without one there is nothing to end.",
  middleware: GUARDS,
  responses: { 204: { description: "Logged out" }, ...refusals("unauthenticated") },
});

sessionRoutes.openapi(logout, async (c) => {
  const token = refreshCookie(c);
  if (token !== undefined) await endFamily(c.env, token);
  clearSessionCookies(c);
  return c.body(null, 204);
});
