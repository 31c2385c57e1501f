import type { Context } from "hono";
import { base64url } from "jose";
import type { AppEnv } from "./context.ts";

/** Bytes of a digest that name a state: 96 bits never collide by accident. */
const TAG_BYTES = 12;

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
export async function answerConditionally<Body extends object>(
  c: Context<AppEnv>,
  body: Body,
  freshness: Freshness,
) {
  if (await isUnchanged(c, freshness)) return c.body(null, 304);
  return c.json(body, 200);
}

/** Sets the headers that let an answer be kept, and says whether the client has this state already. */
export async function isUnchanged(c: Context<AppEnv>, { cacheControl, state }: Freshness): Promise<boolean> {
  const etag = `W/"${await digest(state)}"`;
  c.header("ETag", etag);
  c.header("Cache-Control", cacheControl);
  return hasState(c.req.header("if-none-match"), etag);
}

/** `If-None-Match` compares weakly: the mark of a weak tag does not count. */
function hasState(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return base64url.encode(new Uint8Array(hash, 0, TAG_BYTES));
}
