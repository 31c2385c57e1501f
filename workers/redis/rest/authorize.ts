import { equalSecrets } from "../../shared/equal-secrets.ts";
import { RestError } from "./errors.ts";

/** Whoever knows it may execute every command; without one, nobody may. */
export interface RestSecrets {
  EDGE_REDIS_REST_TOKEN?: string;
  /** For clients that only read. */
  EDGE_REDIS_REST_READONLY_TOKEN?: string;
}

const BEARER = /^Bearer +(.+)$/i;

/**
 * What who sends a request may do: its token is in `Authorization: Bearer …`, or in `?_token=…` where headers
 * cannot be set.
 * @throws RestError 401
 */
export async function authorize(request: Request, secrets: RestSecrets): Promise<{ mayWrite: boolean }> {
  const header = request.headers.get("authorization");
  const token = header ? BEARER.exec(header)?.[1] : new URL(request.url).searchParams.get("_token");
  // Both are compared whatever comes of the first, so that the time tells nothing.
  const [isFull, isReading] = await Promise.all(
    [secrets.EDGE_REDIS_REST_TOKEN, secrets.EDGE_REDIS_REST_READONLY_TOKEN].map(
      async (secret) => (await equalSecrets(token ?? "", secret ?? "")) && Boolean(secret),
    ),
  );
  if (!isFull && !isReading) throw new RestError(401, "WRONGPASS invalid or missing auth token");
  return { mayWrite: isFull === true };
}
