import type { ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { FieldError } from "../shared/complaints.ts";
import { log, messageOf, warnOnce } from "../shared/log.ts";
import { Refusal, REFUSALS, type RefusalCode, type RefusalDetails, toProblem } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";
import { REQUEST_ID_HEADER } from "./request-id.ts";

/** A purchase token is a secret, and part of an address. */
const PURCHASE_TOKEN = /(\/purchases\/).+/;

/** What is said in the log of a request's faults, in characters: names that it invents are quoted in them. */
const FAULTS_MAX_CHARS = 300;

/** Where a refusal says how long to wait. */
const WAIT_HEADER = "retry-after";

/** The same for what Hono routes. */
export const answerProblems: ErrorHandler<AppEnv> = (error, c) =>
  answerError(error, c.req.raw, c.get("requestId") ?? crypto.randomUUID());

/** Turns whatever was thrown into an answer: a refusal into HTTP, anything unexpected into an opaque 500. */
export function answerError(error: unknown, request: Request, requestId: string): Response {
  const refusal = asRefusal(error);
  if (refusal.code === "internal_error") {
    log.error("request_failed", {
      requestId,
      method: request.method,
      path: new URL(request.url).pathname.replace(PURCHASE_TOKEN, "$1…"),
      message: messageOf(error),
    });
  }
  return problemResponse(refusal.code, refusal.details, requestId);
}

/** What all answers of one refusal have in common. */
interface Common {
  status: number;
  /** A Response copies what it is given, so one object serves all: each answer writes its own values over the last. */
  headers: Headers;
  /** What the headers say of the wait, seconds. */
  retryAfter?: number;
}

const impatient = new Map<RefusalCode, Common>();
const patient = new Map<RefusalCode, Common>();

/**
 * A refusal on the wire, RFC 9457. The one place where a refusal becomes HTTP. Most requests of a crowd end
 * here, and headers that are made anew for each answer cost more than all the rest of it.
 */
export function problemResponse(code: RefusalCode, details: RefusalDetails, requestId: string): Response {
  const { retryAfter, errors } = details;
  if (errors) warnOfFaults(errors);
  const common = commonOf(retryAfter === undefined ? impatient : patient, code);
  if (retryAfter !== undefined && retryAfter !== common.retryAfter) {
    common.headers.set(WAIT_HEADER, String(retryAfter));
    common.retryAfter = retryAfter;
  }
  common.headers.set(REQUEST_ID_HEADER, requestId);
  // The ids of requests hold nothing that JSON would escape.
  return new Response(`${beginningOf(code, details)}"requestId":"${requestId}"}`, common);
}

/** What is the same in each answer with these details, by the details; frozen ones are the same for ever. */
const beginnings = new WeakMap<RefusalDetails, { code: RefusalCode; text: string }>();

/** The problem's text up to the request's id. What a crowd hears comes in frozen details and is written once. */
function beginningOf(code: RefusalCode, details: RefusalDetails): string {
  const known = beginnings.get(details);
  if (known?.code === code) return known.text;
  const text = `${JSON.stringify(toProblem(code, details)).slice(0, -1)},`;
  if (Object.isFrozen(details)) beginnings.set(details, { code, text });
  return text;
}

/** Says what requests get wrong, once for each fault; what they held instead is nobody's business. */
function warnOfFaults(errors: readonly FieldError[]): void {
  const all = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  const faults = all.slice(0, FAULTS_MAX_CHARS);
  warnOnce("invalid_request", faults, { faults });
}

function commonOf(known: Map<RefusalCode, Common>, code: RefusalCode): Common {
  let common = known.get(code);
  if (!common) {
    const { status } = REFUSALS[code];
    const headers = new Headers({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    // RFC 9110, section 15.5.2: a 401 says which credentials it takes.
    if (status === 401) headers.set("www-authenticate", 'Bearer realm="spike"');
    known.set(code, (common = { status, headers }));
  }
  return common;
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // Hono refuses a malformed body, or one of the wrong media type, by itself.
  if (error instanceof HTTPException && error.status < 500) {
    return new Refusal("invalid_request", { detail: error.message });
  }
  return new Refusal("internal_error");
}
