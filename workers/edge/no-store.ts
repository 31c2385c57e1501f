import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/** Keeps answers that belong to one person out of every cache. */
export function noStore(): MiddlewareHandler<AppEnv> {
  return async function noStore(c, next) {
    await next();
    c.res.headers.set("cache-control", "private, no-store");
  };
}
