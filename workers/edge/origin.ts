import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/**
 * Reads where a request comes from. Only `CF-Connecting-IP` counts, because the platform overwrites
 * what a client sends under that name. A loopback address is the operator's own machine and is
 * treated as no address, so that address limits never hit local use; no client on the internet has one.
 */
export function readOrigin(): MiddlewareHandler<AppEnv> {
  return async function origin(c, next) {
    const address = c.req.header("cf-connecting-ip");
    c.set("address", address && !LOOPBACK.test(address) ? address : null);
    const country = c.req.raw.cf?.country;
    c.set("country", typeof country === "string" ? country : null);
    await next();
  };
}
