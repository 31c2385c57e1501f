import { createRoute } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { accessGrantSchema, credentialsSchema, sessionSchema, userSchema } from "./schemas.ts";

/*
 * Accounts and sessions. Only schemas: the browser's code takes its types from here.
 */

const credentials = {
  body: { required: true, content: { "application/json": { schema: credentialsSchema } } },
};

export const meRoute = createRoute({
  method: "get",
  path: "/api/users/me",
  tags: ["Users"],
  summary: "Who am I",
  description:
    "The account as it is now; for a token made by another holder of the keys, what the token says.",
  security: [{ bearer: [] }],
  responses: { 200: jsonContent(userSchema, "The caller"), ...refusals("unauthenticated") },
});

export const registrationRoute = createRoute({
  method: "post",
  path: "/api/users",
  tags: ["Users"],
  summary: "Register",
  request: credentials,
  responses: {
    201: jsonContent(sessionSchema, "The account, logged in; a refresh token in a cookie"),
    ...refusals("invalid_request", "unauthenticated", "rate_limited"),
  },
});

export const loginRoute = createRoute({
  method: "post",
  path: "/api/sessions",
  tags: ["Users"],
  summary: "Log in",
  request: credentials,
  responses: {
    200: jsonContent(sessionSchema, "The account; a refresh token in a cookie"),
    ...refusals("invalid_request", "unauthenticated", "rate_limited"),
  },
});

export const refreshRoute = createRoute({
  method: "post",
  path: "/api/sessions/refresh",
  tags: ["Users"],
  summary: "Exchange the refresh cookie for new tokens",
  description: "The refresh token works once; using it again ends every session from the same login.",
  responses: {
    200: jsonContent(accessGrantSchema, "A new access token; the next refresh token in a cookie"),
    ...refusals("unauthenticated"),
  },
});

export const logoutRoute = createRoute({
  method: "delete",
  path: "/api/sessions",
  tags: ["Users"],
  summary: "Log out",
  description: "Ends the session of the refresh cookie. Without one there is nothing to end.",
  responses: { 204: { description: "Logged out" }, ...refusals("unauthenticated") },
});
