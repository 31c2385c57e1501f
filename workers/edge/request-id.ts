import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/** Gives each request an id that its answer, its logs and its order's events carry. */
export function mintRequestId(): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const id = requestIdOf(c.req.raw);
    c.set("requestId", id);
    await next();
    c.res.headers.set(REQUEST_ID_HEADER, id);
  };
}

/** What the platform's ids look like. Without the platform anybody can send anything under their name. */
const RAY_ID = /^[\w-]{1,64}$/;

/** What our own pages send, and any client may: a UUID or as good as one. */
const CLIENT_ID = /^[\w-]{16,64}$/;

/** Where a client names its request, and where every answer repeats it. */
export const REQUEST_ID_HEADER = "x-request-id";

/**
 * One id from the browser to the database: the client's own, so that it can be told also when no answer
 * came; else the platform's, else a new one. It names a request and proves nothing, so a client that uses
 * one twice confuses nobody but himself.
 */
export function requestIdOf(request: Request): string {
  const own = request.headers.get(REQUEST_ID_HEADER);
  if (own !== null && CLIENT_ID.test(own)) return own;
  const ray = request.headers.get("cf-ray");
  return ray !== null && RAY_ID.test(ray) ? ray : crypto.randomUUID();
}
