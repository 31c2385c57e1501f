import type { RefusalCode } from "../../workers/shared/refusals.ts";
import type { OrderState } from "../../workers/shared/order.ts";
import { mayBuy } from "./may-buy.ts";

/*
 * One shopper's attempt to buy, as a machine without a clock, a network or a page: what happened goes in,
 * what to do comes out. All times are epoch milliseconds by the server's clock.
 */

/** Attempts that may go unanswered before the shopper is asked what to do. */
export const TRIES_MAX = 40;
/** Least time between two requests of one attempt, in milliseconds. */
export const PAUSE_MIN_MS = 1_000;
/** Longest time between two requests when nobody says how long to wait, in milliseconds. */
export const PAUSE_MAX_MS = 8_000;
/** After a final no, the button rests for this long, in milliseconds. */
export const REST_MS = 2_000;
/** A purchase token is not used in its last moments, in milliseconds. */
const TOKEN_MARGIN_MS = 3_000;

/** What stays the same from the click to the end: the key makes all requests one purchase. */
export interface Intent {
  key: string;
  quantity: number;
}

export interface PurchaseToken {
  token: string;
  expiresAt: number;
}

/** Why an attempt waits. */
export type WaitReason = "slow_down" | "crowd" | "paused" | "not_started" | "trouble" | "offline";

/** Why an attempt is over without stock. */
export type FinalCode =
  | Exclude<RefusalCode, "challenge_required" | "rate_limited" | "internal_error" | "overloaded" | "paused">
  | "gave_up"
  | "proof_failed";

export interface HeldOrder {
  orderId: string;
  state: OrderState;
  recorded: boolean;
  /** Unknown until the order has been read, when only its number was remembered. */
  payBefore: number | undefined;
}

export type Attempt =
  | { kind: "none" }
  | { kind: "checking"; intent: Intent; tries: number }
  | { kind: "in_line"; intent: Intent; tries: number; token: PurchaseToken }
  | { kind: "proving"; intent: Intent; tries: number; token: PurchaseToken | undefined }
  | {
      kind: "waiting";
      intent: Intent;
      tries: number;
      token: PurchaseToken | undefined;
      reason: WaitReason;
      until: number;
    }
  | { kind: "held"; order: HeldOrder }
  | { kind: "refused"; code: FinalCode; restUntil: number; detail?: Detail };

/** What a final no may add. */
export interface Detail {
  rule?: string | undefined;
  detail?: string | undefined;
  orderId?: string | undefined;
}

export type AttemptEvent =
  | { type: "buy"; intent: Intent }
  | { type: "token"; token: PurchaseToken }
  | { type: "reserved"; orderId: string; payBefore: number }
  | {
      type: "failed";
      code: RefusalCode | "network";
      retryAfterMs?: number | undefined;
      startsAt?: number | undefined;
      challenge?: unknown;
      detail?: Detail;
    }
  | { type: "proved" }
  | { type: "proof_failed" }
  | { type: "due" }
  | { type: "offline" }
  | { type: "online" }
  | { type: "order"; order: HeldOrder }
  | { type: "order_gone" }
  | { type: "stock_back" }
  | { type: "stop" };

/** What the page has to do next. */
export type Effect =
  | { type: "ask_token" }
  | { type: "ask_purchase"; token: string; intent: Intent }
  | { type: "prove"; challenge: unknown; intent: Intent }
  | { type: "wait_until"; until: number }
  | { type: "remember_intent"; intent: Intent }
  | { type: "remember_order"; orderId: string; payBefore: number | undefined }
  /** Remember it, but do not go on with it by yourself: it may have been bought before it was stopped. */
  | { type: "set_aside"; intent: Intent }
  | { type: "forget" };

export interface Step {
  attempt: Attempt;
  effects: Effect[];
}

export const NO_ATTEMPT: Attempt = { kind: "none" };

/** The whole machine. An event that means nothing in a state leaves it as it is. */
export function step(attempt: Attempt, event: AttemptEvent, now: number): Step {
  switch (event.type) {
    case "buy":
      return mayBuy(attempt, now) ? begin(event.intent) : stay(attempt);
    case "token":
      return attempt.kind === "checking" ? queue(attempt.intent, attempt.tries, event.token) : stay(attempt);
    case "reserved":
      return isUnderWay(attempt) ? hold(event.orderId, event.payBefore) : stay(attempt);
    case "failed":
      return attempt.kind === "checking" || attempt.kind === "in_line"
        ? fail(attempt, event, now)
        : stay(attempt);
    case "proved":
      return attempt.kind === "proving" ? resume(attempt, now) : stay(attempt);
    case "proof_failed":
      return attempt.kind === "proving" ? giveUp("proof_failed", attempt.intent, now) : stay(attempt);
    case "due":
      return attempt.kind === "waiting" && attempt.reason !== "offline" && now >= attempt.until
        ? resume(attempt, now)
        : stay(attempt);
    case "offline":
      return attempt.kind === "waiting"
        ? { attempt: { ...attempt, reason: "offline" }, effects: [] }
        : stay(attempt);
    case "online":
      return attempt.kind === "waiting" && attempt.reason === "offline"
        ? resume(attempt, now)
        : stay(attempt);
    case "order":
      return { attempt: { kind: "held", order: event.order }, effects: [] };
    case "order_gone":
      return attempt.kind === "held" ? { attempt: NO_ATTEMPT, effects: [{ type: "forget" }] } : stay(attempt);
    case "stock_back":
      return attempt.kind === "refused" && attempt.code === "sold_out" && now >= attempt.restUntil
        ? { attempt: NO_ATTEMPT, effects: [] }
        : stay(attempt);
    case "stop":
      return isUnderWay(attempt)
        ? { attempt: NO_ATTEMPT, effects: [{ type: "set_aside", intent: attempt.intent }] }
        : stay(attempt);
  }
}

type UnderWay = Extract<Attempt, { intent: Intent }>;

export function isUnderWay(attempt: Attempt): attempt is UnderWay {
  return "intent" in attempt;
}

const stay = (attempt: Attempt): Step => ({ attempt, effects: [] });

function begin(intent: Intent): Step {
  return {
    attempt: { kind: "checking", intent, tries: 1 },
    effects: [{ type: "remember_intent", intent }, { type: "ask_token" }],
  };
}

function queue(intent: Intent, tries: number, token: PurchaseToken): Step {
  return {
    attempt: { kind: "in_line", intent, tries, token },
    effects: [{ type: "ask_purchase", token: token.token, intent }],
  };
}

/** Goes on where the attempt was, with the same key; a token that is about to expire is asked for anew. */
function resume(
  { intent, tries, token }: Extract<Attempt, { kind: "proving" | "waiting" }>,
  now: number,
): Step {
  if (token && token.expiresAt - now > TOKEN_MARGIN_MS) return queue(intent, tries + 1, token);
  return { attempt: { kind: "checking", intent, tries: tries + 1 }, effects: [{ type: "ask_token" }] };
}

function hold(orderId: string, payBefore: number): Step {
  return {
    attempt: { kind: "held", order: { orderId, state: "reserved", recorded: false, payBefore } },
    effects: [{ type: "remember_order", orderId, payBefore }],
  };
}

function refuse(code: FinalCode, now: number, detail?: Detail, restMs = REST_MS): Step {
  return {
    attempt: { kind: "refused", code, restUntil: now + restMs, ...(detail && { detail }) },
    effects: [{ type: "forget" }],
  };
}

/** A no that is none of the shop's: an earlier try may have bought it, and the next click must not buy it twice. */
const giveUp = (code: "gave_up" | "proof_failed", intent: Intent, now: number): Step => ({
  ...refuse(code, now),
  effects: [{ type: "set_aside", intent }],
});

type Asking = Extract<Attempt, { kind: "checking" | "in_line" }>;
type Failed = Extract<AttemptEvent, { type: "failed" }>;

function fail(attempt: Asking, failed: Failed, now: number): Step {
  switch (failed.code) {
    case "challenge_required": {
      const { intent, tries } = attempt;
      // However often it is solved: somebody has to look after that.
      if (tries >= TRIES_MAX) return giveUp("gave_up", intent, now);
      const proving: Attempt = { kind: "proving", intent, tries, token: tokenOf(attempt) };
      return { attempt: proving, effects: [{ type: "prove", challenge: failed.challenge, intent }] };
    }
    case "rate_limited":
      return wait(attempt, "slow_down", failed, now);
    case "overloaded":
      return wait(attempt, "crowd", failed, now);
    case "paused":
      return wait(attempt, "paused", failed, now);
    case "too_early":
      return wait(attempt, "not_started", failed, now);
    case "network":
    case "internal_error":
      return wait(attempt, "trouble", failed, now);
    case "invalid_spike_token":
      // It expired on the way: a new one, and the same purchase again.
      return wait({ kind: "checking", intent: attempt.intent, tries: attempt.tries }, "trouble", failed, now);
    case "sold_out":
      return refuse("sold_out", now, failed.detail, Math.max(REST_MS, failed.retryAfterMs ?? 0));
    case "unauthenticated":
      // What is remembered stays: the attempt goes on, with its key, when the shopper has logged in.
      return { ...refuse(failed.code, now, failed.detail), effects: [] };
    case "limit_reached":
    case "ended":
    case "not_found":
    case "order_state":
    case "not_eligible":
    case "blacklisted":
    case "idempotency_conflict":
    case "invalid_request":
      return refuse(failed.code, now, failed.detail);
    default:
      // A code that a newer server knows: this page has no words for it, and asking again does no harm.
      return wait(attempt, "trouble", failed, now);
  }
}

const tokenOf = (attempt: Asking) => (attempt.kind === "in_line" ? attempt.token : undefined);

function wait(attempt: Asking, reason: WaitReason, failed: Failed, now: number): Step {
  const { intent, tries } = attempt;
  if (tries >= TRIES_MAX) return giveUp("gave_up", intent, now);
  const asked = failed.retryAfterMs ?? Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** (tries - 1));
  const until = Math.max(now + Math.max(PAUSE_MIN_MS, asked), failed.startsAt ?? 0);
  return {
    attempt: { kind: "waiting", intent, tries, token: tokenOf(attempt), reason, until },
    effects: [{ type: "wait_until", until }],
  };
}
