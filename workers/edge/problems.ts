import type { ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { log, messageOf } from "../shared/log.ts";
import { Refusal, REFUSALS, toProblem } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";

/** The one place where a refusal becomes HTTP, and where anything unexpected becomes an opaque 500. */
export const answerProblems: ErrorHandler<AppEnv> = (error, c) => {
  const requestId = c.get("requestId") ?? crypto.randomUUID();
  const refusal = asRefusal(error);
  if (refusal.code === "internal_error") {
    log.error("request_failed", {
      requestId,
      method: c.req.method,
      path: c.req.path,
      message: messageOf(error),
    });
  }
  const problem = toProblem(refusal.code, refusal.details, requestId);
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": requestId,
  });
  // RFC 9110, section 15.5.2: a 401 says which credentials it takes.
  if (problem.status === 401) headers.set("www-authenticate", 'Bearer realm="spike"');
  if (problem.retryAfter !== undefined) headers.set("retry-after", String(problem.retryAfter));
  return new Response(JSON.stringify(problem), { status: REFUSALS[refusal.code].status, headers });
};

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // Hono refuses a malformed body, or one of the wrong media type, by itself.
  if (error instanceof HTTPException && error.status < 500) {
    return new Refusal("invalid_request", { detail: error.message });
  }
  return new Refusal("internal_error");
}
