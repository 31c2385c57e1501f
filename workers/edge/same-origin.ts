import type { MiddlewareHandler } from "hono";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";
import { namedOrigin } from "./named-origin.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether a cookie may act in this request: not in a changing one that another origin's page made this
 * browser send, so that it never acts for someone who did not mean to. Browsers say where a request comes
 * from in `Sec-Fetch-Site`, older ones and plain-HTTP ones in `Origin`; pages cannot forge either. A
 * request with neither header was not sent by a page. A WebSocket handshake is a GET that opens a channel,
 * and no other origin may do that either.
 */
export function isSameOrigin({ method, headers, url }: Request): boolean {
  if (SAFE_METHODS.has(method) && !headers.has("upgrade")) return true;
  const site = headers.get("sec-fetch-site");
  // "none" is the person's own doing: the address bar, a bookmark.
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  return origin === null || hostOf(origin) === new URL(url).host;
}

/** @throws Refusal `unauthenticated` unless `isSameOrigin`: a cookie is no credential in such a request. */
export function assertSameOrigin(request: Request): void {
  if (!isSameOrigin(request)) throw new Refusal("unauthenticated", explain("cookie_from_elsewhere"));
}

/** Compared by host alone, because a proxy in front may end TLS and hide the scheme. */
function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host ?? null;
}

/**
 * For routes that take what is proven in the request itself, such as a password: our own pages, and those of
 * an origin that the operator has named.
 */
export function requireTrustedOrigin(): MiddlewareHandler<AppEnv> {
  return async function trustedOrigin(c, next) {
    if (namedOrigin(c.req.raw, c.env) === null) assertSameOrigin(c.req.raw);
    await next();
  };
}

/** `assertSameOrigin` for routes that only ever work with a cookie, or that set one. */
export function requireSameOrigin(): MiddlewareHandler<AppEnv> {
  return async function sameOrigin(c, next) {
    assertSameOrigin(c.req.raw);
    await next();
  };
}
