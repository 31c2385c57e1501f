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

/** What the platform's ids look like. Without the platform anybody can send anything under their name. */
const RAY_ID = /^[\w-]{1,64}$/;

/** The platform's own id of the request, or a new one where it gives none. */
export function requestIdOf(request: Request): string {
  const ray = request.headers.get("cf-ray");
  return ray !== null && RAY_ID.test(ray) ? ray : crypto.randomUUID();
}
