import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/**
 * The cache in front of the Worker keeps what says that it may be kept. An answer that says nothing is
 * taken for somebody's own, so that forgetting a header never shows one shopper what is another's.
 */
export function noStoreByDefault(): MiddlewareHandler<AppEnv> {
  return async function noStoreByDefault(c, next) {
    await next();
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "private, no-store");
  };
}
