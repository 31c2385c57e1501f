import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/**
 * What a browser may do with an answer of the API: nothing but read it. The static files get theirs from
 * `public/_headers`. Only what matters for JSON is sent, because each header costs time in a crowd.
 */
export const ANSWER_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
} as const;

/** Puts ANSWER_HEADERS on every answer that has none of its own. */
export function secureAnswers(): MiddlewareHandler<AppEnv> {
  return async function secure(c, next) {
    await next();
    for (const [name, value] of Object.entries(ANSWER_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}
