import { allowedOrigins } from "../shared/allowed-origins.ts";

/** The origin whose page sent this request, if the operator has named it; null for any other, and for our own. */
export function namedOrigin(request: Request, env: Pick<Env, "ALLOWED_ORIGINS">): string | null {
  const origin = request.headers.get("origin");
  if (origin === null || !env.ALLOWED_ORIGINS) return null;
  return allowedOrigins(env.ALLOWED_ORIGINS).has(origin) ? origin : null;
}
