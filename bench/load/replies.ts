import type { Answer } from "./http-client.ts";
import { tooEarlyProblem } from "./wire.ts";

/** What an answer means to somebody who wants to buy. */
export type Reply =
  | { kind: "ok"; status: number; body: unknown }
  /** Come back later; nothing happened. */
  | { kind: "wait"; code: string; ms: number }
  | { kind: "sold_out"; retryAfterMs: number | null }
  /** The purchase token is no good (any more): get another. */
  | { kind: "bad_token" }
  /** A no that waiting does not change. */
  | { kind: "no"; code: string; body: unknown }
  /** Nothing the contract has for this request; whether it happened is not known. */
  | { kind: "unexpected"; code: string; status: number; body: unknown };

/** When a server says wait and not how long, in milliseconds. */
const WAIT_DEFAULT_MS = 1_000;

const WAIT_CODES = new Set(["rate_limited", "overloaded", "paused", "too_early"]);
const NO_CODES = new Set([
  "not_eligible",
  "blacklisted",
  "limit_reached",
  "order_state",
  "ended",
  "challenge_required",
]);

/** Reads an answer of the purchase path or the order routes. */
export function readReply(answer: Answer): Reply {
  const { status, body, code, retryAfterMs } = answer;
  if (status < 300) return { kind: "ok", status, body };
  if (code === "sold_out") return { kind: "sold_out", retryAfterMs };
  if (code === "invalid_spike_token") return { kind: "bad_token" };
  if (code !== null && WAIT_CODES.has(code)) {
    return { kind: "wait", code, ms: untilStart(answer) ?? retryAfterMs ?? WAIT_DEFAULT_MS };
  }
  if (code !== null && NO_CODES.has(code)) return { kind: "no", code, body };
  return { kind: "unexpected", code: code ?? `http_${status}`, status, body };
}

/** `too_early` says when to come back on the server's own clock. */
function untilStart({ code, body }: Answer): number | null {
  if (code !== "too_early") return null;
  const problem = tooEarlyProblem.safeParse(body);
  return problem.success ? Math.max(0, problem.data.startsAt - problem.data.serverTime) : null;
}
