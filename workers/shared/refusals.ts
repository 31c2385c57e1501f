import type { FieldError } from "./complaints.ts";
import type { Explanation } from "./explanations.ts";

/**
 * The closed list of refusals. A refusal is an expected "no": it changes nothing and tells the
 * caller why, and when to come back. Anything not in this list is a bug and becomes `internal_error`.
 */
export const REFUSALS = {
  invalid_request: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Sign in first" },
  not_eligible: { status: 403, title: "This sale is not open to you" },
  blacklisted: { status: 403, title: "This account or address is blocked" },
  invalid_spike_token: { status: 403, title: "The purchase token is not valid" },
  not_found: { status: 404, title: "Not found" },
  sold_out: { status: 409, title: "Sold out" },
  limit_reached: { status: 409, title: "You already have the most this sale allows" },
  idempotency_conflict: { status: 409, title: "This idempotency key was used for another request" },
  order_state: { status: 409, title: "The order does not allow this now" },
  ended: { status: 410, title: "This sale is over" },
  too_early: { status: 425, title: "This sale has not started" },
  challenge_required: { status: 428, title: "Prove that you are a person first" },
  rate_limited: { status: 429, title: "Too fast" },
  internal_error: { status: 500, title: "Something went wrong on our side" },
  overloaded: { status: 503, title: "Too busy right now" },
  paused: { status: 503, title: "This sale is paused" },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** What a refusal may carry beyond its code. Times are RFC 3339 strings, `retryAfter` is in seconds. */
export interface RefusalDetails {
  detail?: string | undefined;
  /** The same as `detail`, for programs: where the dashboard may be told so. */
  explanation?: Explanation | undefined;
  retryAfter?: number | undefined;
  errors?: readonly FieldError[] | undefined;
  rule?: string | undefined;
  orderId?: string | undefined;
  startsAt?: string | undefined;
  serverTime?: string | undefined;
  challenge?: unknown;
  refunded?: boolean | undefined;
}

/** Where the code says it all. */
const NO_DETAILS: RefusalDetails = Object.freeze({});

/** V8's own addition to Error: how many places a new one names. */
const v8Error = Error as ErrorConstructor & { stackTraceLimit: number };

/** Thrown by services, turned into `application/problem+json` in one place (`workers/app.ts`). */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly details: RefusalDetails;

  constructor(code: RefusalCode, details = NO_DETAILS) {
    // Nobody looks for the place where a "no" was said, and finding it costs more than saying it.
    const { stackTraceLimit } = v8Error;
    v8Error.stackTraceLimit = 0;
    super(details.detail ?? REFUSALS[code].title);
    v8Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.details = details;
  }
}

/** The body of a refusal, RFC 9457. */
export interface Problem extends RefusalDetails {
  type: string;
  title: string;
  status: number;
  code: RefusalCode;
  requestId: string;
}

/** The same without the request's id, the one part that answers to different requests do not share. */
export function toProblem(code: RefusalCode, details: RefusalDetails): Omit<Problem, "requestId"> {
  const { status, title } = REFUSALS[code];
  return { type: `urn:spike:refusal:${code}`, title, status, code, detail: title, ...details };
}
