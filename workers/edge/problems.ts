import type { ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { log, messageOf } from "../shared/log.ts";
import { Refusal, type RefusalCode, type RefusalDetails, toProblem } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";

/** A purchase token is a secret, and part of an address. */
const PURCHASE_TOKEN = /(\/purchases\/).+/;

/** The same for what Hono routes. */
export const answerProblems: ErrorHandler<AppEnv> = (error, c) =>
  answerError(error, c.req.raw, c.get("requestId") ?? crypto.randomUUID());

/** The one place where a refusal becomes HTTP, and where anything unexpected becomes an opaque 500. */
export function answerError(
  error: unknown,
  request: Request,
  requestId: string,
  headers: Record<string, string> = {},
): Response {
  const refusal = asRefusal(error);
  if (refusal.code === "internal_error") {
    log.error("request_failed", {
      requestId,
      method: request.method,
      path: new URL(request.url).pathname.replace(PURCHASE_TOKEN, "$1…"),
      message: messageOf(error),
    });
  }
  return problemResponse(refusal.code, refusal.details, requestId, headers);
}

/** A refusal on the wire, RFC 9457. */
export function problemResponse(
  code: RefusalCode,
  details: RefusalDetails,
  requestId: string,
  more: Record<string, string> = {},
): Response {
  const problem = toProblem(code, details, requestId);
  const headers: Record<string, string> = {
    ...more,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": requestId,
    "x-content-type-options": "nosniff",
  };
  // RFC 9110, section 15.5.2: a 401 says which credentials it takes.
  if (problem.status === 401) headers["www-authenticate"] = 'Bearer realm="spike"';
  if (problem.retryAfter !== undefined) headers["retry-after"] = String(problem.retryAfter);
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // Hono refuses a malformed body, or one of the wrong media type, by itself.
  if (error instanceof HTTPException && error.status < 500) {
    return new Refusal("invalid_request", { detail: error.message });
  }
  return new Refusal("internal_error");
}
