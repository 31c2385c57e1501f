import type { MiddlewareHandler } from "hono";
import { clientNetwork } from "../shared/address.ts";
import type { AppEnv } from "./context.ts";

/** Where the platform says whom it is talking to. */
export const ADDRESS_HEADER = "cf-connecting-ip";

/**
 * Reads where a request comes from. Only `CF-Connecting-IP` counts, because the platform overwrites
 * what a client sends under that name; what else claims to name the client is anybody's word. A
 * loopback address is the operator's own machine and is treated as no address, so that address limits
 * never hit local use; no client on the internet has one.
 */
export function readOrigin(): MiddlewareHandler<AppEnv> {
  return async function origin(c, next) {
    c.set("address", callerNetwork(c.req.raw));
    c.set("country", countryOf(c.req.raw));
    await next();
  };
}

/** What the caller's address counts as, null when there is nothing to count. */
export function callerNetwork({ headers }: Request): string | null {
  return clientNetwork(headers.get(ADDRESS_HEADER));
}

/** ISO 3166-1 alpha-2 from the platform's geolocation, null when unknown. */
export function countryOf({ cf }: Request): string | null {
  return typeof cf?.country === "string" ? cf.country : null;
}
