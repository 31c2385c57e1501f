import type { Attempt, FinalCode } from "./attempt.ts";

/** Whether the button may start something: nothing is under way or held, and a no has been let rest. */
export function mayBuy(attempt: Attempt, now: number): boolean {
  switch (attempt.kind) {
    case "none":
      return true;
    case "held":
      return attempt.order.state === "cancelled" || attempt.order.state === "expired";
    case "refused":
      return isWorthRepeating(attempt.code) && now >= attempt.restUntil;
    case "checking":
    case "in_line":
    case "proving":
    case "waiting":
      return false;
  }
}

/** Refusals that asking again can change. */
function isWorthRepeating(code: FinalCode): boolean {
  switch (code) {
    case "sold_out":
    case "gave_up":
    case "proof_failed":
    case "invalid_request":
    case "idempotency_conflict":
    case "unauthenticated":
    case "invalid_spike_token":
    case "not_eligible":
    case "blacklisted":
      return true;
    case "limit_reached":
    case "ended":
    case "not_found":
    case "order_state":
    case "too_early":
      return false;
  }
}
