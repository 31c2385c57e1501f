import type { GateResult } from "../../durable-objects/spike-gate/messages.ts";
import { fieldError } from "../shared/complaints.ts";
import { DetailsByWait } from "../shared/details-by-wait.ts";
import { Refusal, type RefusalCode } from "../shared/refusals.ts";
import { retryAfterSeconds } from "../shared/retry-after.ts";
import { type Attempt, learned } from "./funnel/attempt.ts";
import { pausedRefusal, soldOutRefusal, tooEarlyRefusal } from "./funnel/phase.ts";

/** All but the one that needs a challenge to be made. */
type Refused = Exclude<GateResult, { ok: true } | { code: "challenge_required" }>;

const oneAtATime = new DetailsByWait("One attempt at a time, please.");

/** The code that such a no gets, without making the refusal. */
export function refusalCodeOf(result: Exclude<GateResult, { ok: true }>): RefusalCode {
  return result.code === "limit_reached" && result.orderId === undefined ? "invalid_request" : result.code;
}

/** What the gate's or the ledger's no is to the shopper who made this attempt. */
export function refusalOf(result: Refused, attempt: Attempt): Refusal {
  switch (result.code) {
    case "sold_out":
      return soldOutRefusal(attempt);
    case "paused":
      return pausedRefusal();
    case "too_early":
      return tooEarlyRefusal(result.startsAt, attempt.now);
    case "limit_reached":
      return result.orderId === undefined ? tooManyAtOnce(attempt) : limitReached(result.orderId);
    case "rate_limited":
      return new Refusal("rate_limited", oneAtATime.of(retryAfterSeconds(result.retryAfterMs)));
    case "overloaded":
      return new Refusal("overloaded", { retryAfter: retryAfterSeconds(0) });
    case "idempotency_conflict":
    case "blacklisted":
    case "ended":
    case "not_found":
      return new Refusal(result.code);
  }
}

function limitReached(orderId: string): Refusal {
  return new Refusal("limit_reached", { orderId });
}

/** Who holds nothing has not reached a limit, but asks for more than anyone may have. */
function tooManyAtOnce(attempt: Attempt): Refusal {
  const { maxPerUser } = learned(attempt, "spike");
  return new Refusal("invalid_request", {
    errors: [fieldError("quantity", "beyond_per_person", maxPerUser)],
  });
}
