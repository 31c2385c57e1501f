import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { ACCESS_TOKEN_SECONDS } from "../user/access-token.ts";
import type { Session } from "../user/sessions.ts";
import type { AppEnv } from "./context.ts";

/** Carries the access token for pages; the API's own clients send it as a bearer token. */
export const SESSION_COOKIE = "spike_session";

const REFRESH_COOKIE = "spike_refresh";

/** Sent to the session routes alone. */
const REFRESH_ATTRIBUTES = {
  path: "/api/sessions",
  httpOnly: true,
  secure: true,
  sameSite: "Strict",
} as const;

/**
 * `Lax`, so that someone who comes back from a payment page or a mail is still logged in; other sites'
 * changing requests are refused by `authenticate`.
 */
const SESSION_ATTRIBUTES = { path: "/", httpOnly: true, secure: true, sameSite: "Lax" } as const;

/** Gives the browser both tokens. Each cookie ends with its token. */
export function setSessionCookies(c: Context<AppEnv>, session: Session): void {
  const { token, secondsLeft } = session.refreshToken;
  setCookie(c, REFRESH_COOKIE, token, { ...REFRESH_ATTRIBUTES, maxAge: secondsLeft });
  setCookie(c, SESSION_COOKIE, session.accessToken, { ...SESSION_ATTRIBUTES, maxAge: ACCESS_TOKEN_SECONDS });
}

/** Makes the browser forget both tokens. */
export function clearSessionCookies(c: Context<AppEnv>): void {
  setCookie(c, REFRESH_COOKIE, "", { ...REFRESH_ATTRIBUTES, maxAge: 0 });
  setCookie(c, SESSION_COOKIE, "", { ...SESSION_ATTRIBUTES, maxAge: 0 });
}

export function refreshCookie(c: Context<AppEnv>): string | undefined {
  return getCookie(c, REFRESH_COOKIE);
}
