import type { Context, MiddlewareHandler } from "hono";
import { parse } from "hono/utils/cookie";
import type { Identity } from "../shared/identity.ts";
import { Refusal } from "../shared/refusals.ts";
import { verifyAccessToken } from "../user/access-token.ts";
import type { AppEnv } from "./context.ts";
import { assertSameOrigin } from "./same-origin.ts";
import { SESSION_COOKIE } from "./session-cookies.ts";

const BEARER = /^Bearer +(\S+) *$/i;

/** What an operator's page shows when a shopper asks for it; `rule` of the `not_eligible` refusal. */
const ADMIN_RULE = "admin";

/**
 * Finds out who is asking. A bearer token must be valid, or the request is refused at once: the
 * caller meant to be someone. A session cookie is sent by the browser without being asked, so a stale
 * one makes the request anonymous, and it counts for a changing request only from our own pages.
 */
export function authenticate(): MiddlewareHandler<AppEnv> {
  return async function authenticate(c, next) {
    c.set("identity", await identify(c.req.raw, c.env));
    await next();
  };
}

/** Whom the request's bearer token or session cookie speaks for; undefined for nobody. */
export async function identify(request: Request, env: Env): Promise<Identity | undefined> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null && /^bearer\b/i.test(authorization)) {
    const [, token] = BEARER.exec(authorization) ?? [];
    if (!token) throw new Refusal("unauthenticated", { detail: "The Authorization header is malformed." });
    return verifyAccessToken(env, token);
  }
  const cookies = request.headers.get("cookie");
  const token = cookies === null ? undefined : parse(cookies, SESSION_COOKIE)[SESSION_COOKIE];
  if (!token) return undefined;
  const identity = await verifyAccessToken(env, token).catch(anonymousIfRefused);
  if (identity) assertSameOrigin(request);
  return identity;
}

function anonymousIfRefused(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
  return undefined;
}

/**
 * Who is asking, for a route that is nobody else's business.
 * @throws Refusal `unauthenticated` for an anonymous request.
 */
export function requireIdentity(c: Context<AppEnv>): Identity {
  const identity = c.get("identity");
  if (!identity) throw new Refusal("unauthenticated");
  return identity;
}

/** Lets only admins through: 401 for an anonymous request, 403 `not_eligible` with rule `admin` for a shopper. */
export function requireAdmin(): MiddlewareHandler<AppEnv> {
  return async function admin(c, next) {
    if (requireIdentity(c).role !== "admin") {
      throw new Refusal("not_eligible", { rule: ADMIN_RULE, detail: "Only an admin may do this." });
    }
    await next();
  };
}
