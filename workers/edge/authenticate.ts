import type { Context, MiddlewareHandler } from "hono";
import { parse } from "hono/utils/cookie";
import type { Identity } from "../shared/identity.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import { andThen, type Soon } from "../shared/soon.ts";
import { peekToken, verifyAccessToken } from "../user/access-token.ts";
import type { AppEnv } from "./context.ts";
import { assertSameOrigin, isSameOrigin } from "./same-origin.ts";
import { SESSION_COOKIE } from "./session-cookies.ts";

/** How nearly everybody writes it. */
const USUAL_BEARER = "Bearer ";
const BEARER = /^Bearer +(\S+) *$/i;
/** Of a header that means to say who asks: what it says decides, and no cookie. */
const BEARER_SCHEME = /^bearer\b/i;

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

/**
 * Whom the request's bearer token or session cookie speaks for; undefined for nobody. Says so at once when this
 * isolate has verified or refused that token before, or when there is neither.
 * @throws Refusal `unauthenticated`, also by rejecting.
 */
export function identify(request: Request, env: Env): Soon<Identity | undefined> {
  const authorization = bearerHeaderOf(request);
  if (authorization !== null) return identifyBearer(authorization, env);
  const token = sessionTokenOf(request);
  return token ? identifySession(token, request, env) : undefined;
}

/** The same from memory alone, undefined also for whom it does not know; `now` in epoch milliseconds. */
export function knownCaller(request: Request, env: Env, now: number): Identity | undefined {
  const authorization = bearerHeaderOf(request);
  if (authorization !== null) return unlessRefused(peekBearer(authorization, env, now));
  const token = sessionTokenOf(request);
  const identity = token ? unlessRefused(peekToken(env, token, now)) : undefined;
  return identity && isSameOrigin(request) ? identity : undefined;
}

/** Whether the request's bearer token must be looked at by who answers it: it has one, and memory does not hold it as good. */
export function hasUnknownBearer(request: Request, env: Env, now: number): boolean {
  const authorization = bearerHeaderOf(request);
  return authorization !== null && unlessRefused(peekBearer(authorization, env, now)) === undefined;
}

function bearerHeaderOf({ headers }: Request): string | null {
  const authorization = headers.get("authorization");
  return authorization !== null && BEARER_SCHEME.test(authorization) ? authorization : null;
}

function sessionTokenOf({ headers }: Request): string | undefined {
  const cookies = headers.get("cookie");
  return cookies === null ? undefined : parse(cookies, SESSION_COOKIE)[SESSION_COOKIE];
}

const unlessRefused = (known: Identity | Refusal | undefined): Identity | undefined =>
  known instanceof Refusal ? undefined : known;

function peekBearer(authorization: string, env: Env, now: number): Identity | Refusal | undefined {
  return authorization.startsWith(USUAL_BEARER)
    ? peekToken(env, authorization.slice(USUAL_BEARER.length), now)
    : undefined;
}

function identifyBearer(authorization: string, env: Env): Soon<Identity> {
  const known = peekBearer(authorization, env, Date.now());
  if (known instanceof Refusal) throw known;
  if (known) return known;
  const [, token] = BEARER.exec(authorization) ?? [];
  if (!token) throw new Refusal("unauthenticated", { detail: "The Authorization header is malformed." });
  return verifyAccessToken(env, token);
}

function identifySession(token: string, request: Request, env: Env): Soon<Identity | undefined> {
  const known = peekToken(env, token, Date.now());
  const identified = known ? unlessRefused(known) : verifyAccessToken(env, token).catch(anonymousIfRefused);
  return andThen(identified, (identity) => {
    if (identity) assertSameOrigin(request);
    return identity;
  });
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
      throw new Refusal("not_eligible", { rule: ADMIN_RULE, ...explain("admins_only") });
    }
    await next();
  };
}
