import { namedOrigin } from "../edge/named-origin.ts";
import { REQUEST_ID_HEADER } from "../edge/request-id.ts";
import { faultsOfIsolate } from "../operations/assert-configured.ts";

/*
 * Cross-origin resource sharing for the main shop's pages: they use the API with a bearer token, from their own
 * origin. Cookies never count there, so no answer says that they may be sent.
 */

/** What other origins may use: all of the API but the operators' part. */
const SHARED_PATH = /^https?:\/\/[^/]+\/api\/(?!admin(?:[/?#]|$))/;

/** How long a browser may remember what it was told, in seconds: a day, of which Chromium takes two hours. */
const PREFLIGHT_MAX_AGE_SECONDS = 86_400;

const ALLOWED_METHODS = "GET, POST, DELETE";
const ALLOWED_HEADERS = `authorization, challenge-solution, content-type, idempotency-key, ${REQUEST_ID_HEADER}`;
const EXPOSED_HEADERS = `etag, retry-after, ${REQUEST_ID_HEADER}`;

/**
 * Answers with what `answer` gives, and says who else may read it. A preflight is answered here. Without
 * ALLOWED_ORIGINS this costs one comparison. A Worker that is not configured names nobody: that variable may be
 * what is wrong with it, and the door says so.
 */
export function sharingWithOrigins(
  request: Request,
  env: Env,
  answer: () => Response | Promise<Response>,
): Response | Promise<Response> {
  if (!env.ALLOWED_ORIGINS || !SHARED_PATH.test(request.url) || faultsOfIsolate(env).length > 0)
    return answer();
  const origin = namedOrigin(request, env);
  if (origin !== null && isPreflight(request)) return preflightAnswer(origin);
  const given = answer();
  return given instanceof Response ? share(given, origin) : given.then((response) => share(response, origin));
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}

function preflightAnswer(origin: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": ALLOWED_METHODS,
      "access-control-allow-headers": ALLOWED_HEADERS,
      "access-control-max-age": String(PREFLIGHT_MAX_AGE_SECONDS),
      vary: "origin",
    },
  });
}

/** `Vary` is for everybody's answers: a cache must not give one without the permission to who needs it. */
function share(response: Response, origin: string | null): Response {
  response.headers.append("vary", "origin");
  if (origin !== null) {
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", EXPOSED_HEADERS);
  }
  return response;
}
