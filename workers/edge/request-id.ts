import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/** Gives each request an id that its answer, its logs and its order's events carry. */
export function mintRequestId(): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const id = requestIdOf(c.req.raw);
    c.set("requestId", id);
    await next();
    c.res.headers.set("x-request-id", id);
  };
}

/** The platform's own id of the request, or a new one where it gives none. */
export function requestIdOf(request: Request): string {
  return request.headers.get("cf-ray") ?? crypto.randomUUID();
}
