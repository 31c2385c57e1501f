import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/** Characters of a digest that name a state: 96 bits never collide by accident. */
const TAG_CHARS = 16;

/** How long an answer may be reused, as `Cache-Control` says it. */
export interface Freshness {
  cacheControl: string;
  /** Names what the answer says; the same name means that nothing worth telling has changed. */
  state: string;
}

/**
 * JSON that caches and browsers may keep and revalidate (RFC 9110, section 13): 304 when the client
 * has this state already. The tag is weak, because answers of one state may differ in `serverTime`.
 */
export function answerConditionally<Body extends object>(
  c: Context<AppEnv>,
  body: Body,
  freshness: Freshness,
) {
  if (isUnchanged(c, freshness)) return c.body(null, 304);
  return c.json(body, 200);
}

/** Sets the headers that let an answer be kept, and says whether the client has this state already. */
export function isUnchanged(c: Context<AppEnv>, { cacheControl, state }: Freshness): boolean {
  const etag = etagOf(state);
  c.header("ETag", etag);
  c.header("Cache-Control", cacheControl);
  return hasState(c.req.header("if-none-match") ?? null, etag);
}

/** The weak tag of a state. */
export function etagOf(state: string): string {
  return `W/"${createHash("sha256").update(state).digest("base64url").slice(0, TAG_CHARS)}"`;
}

/** `If-None-Match` compares weakly: the mark of a weak tag does not count. Null when it was not sent. */
export function hasState(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
