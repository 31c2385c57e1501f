import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { serialize } from "hono/utils/cookie";
import { asDatabase, readSession } from "../platform/database.ts";
import type { AppEnv } from "./context.ts";

/*
 * Lists are read from the nearest copy of the database, which may lag behind. Who has just changed
 * something must see it in his own list, and nobody's list may go back in time: a cookie says from where
 * on this browser wants to read.
 */

const BOOKMARK_COOKIE = "spike_bookmark";
/** The database itself, not a copy. */
const PRIMARY = "first-primary";
/** D1's bookmarks are groups of hexadecimal digits. What is none is ignored. */
const BOOKMARK = /^(first-primary|[0-9a-f]{1,40}(-[0-9a-f]{1,40}){0,7})$/;
/** By then every copy has caught up, and an order is long recorded. Seconds. */
const BOOKMARK_SECONDS = 60;

/** From now on, and for BOOKMARK_SECONDS, this browser's lists come from the database itself. */
export const OWN_WRITE_COOKIE = bookmarkCookie(PRIMARY);

export function rememberOwnWrite(c: Context<AppEnv>): void {
  setCookie(c, OWN_WRITE_COOKIE);
}

/** Does `read` with a copy of the database that knows all this browser has seen before. */
export async function readingOwn<T>(c: Context<AppEnv>, read: (env: Env) => Promise<T>): Promise<T> {
  const cookie = getCookie(c, BOOKMARK_COOKIE);
  const from = cookie !== undefined && BOOKMARK.test(cookie) ? cookie : null;
  const session = readSession(c.env, from);
  const result = await read({ ...c.env, DB: asDatabase(session) });
  const seen = session.getBookmark();
  // What was changed a moment ago may still be on its way to the database, so that stays the place to ask.
  if (from !== PRIMARY && seen !== null) setCookie(c, bookmarkCookie(seen));
  return result;
}

function setCookie(c: Context<AppEnv>, cookie: string): void {
  c.header("set-cookie", cookie, { append: true });
}

function bookmarkCookie(bookmark: string): string {
  return serialize(BOOKMARK_COOKIE, bookmark, {
    ...{ path: "/api/orders", httpOnly: true, secure: true, sameSite: "Lax" },
    maxAge: BOOKMARK_SECONDS,
  });
}
