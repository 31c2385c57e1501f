import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/** Gives each request an id that its answer, its logs and its order's events carry. */
export function mintRequestId(): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const id = c.req.header("cf-ray") ?? crypto.randomUUID();
    c.set("requestId", id);
    await next();
    c.res.headers.set("x-request-id", id);
  };
}
