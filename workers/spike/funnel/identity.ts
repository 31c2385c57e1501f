import { Refusal, type RefusalDetails } from "../../shared/refusals.ts";
import { andThen } from "../../shared/soon.ts";
import { judgePurchaseToken } from "../purchase-token.ts";
import { type Filter, learned } from "./attempt.ts";
import { strikeFor } from "./suspicion.ts";

const NOT_YOURS: RefusalDetails = Object.freeze({
  detail: "The purchase token is not yours, not for this sale, or expired.",
});

/** Refuses who is nobody; learns who is asking. */
export const authenticated: Filter = {
  name: "authenticated",
  check(attempt) {
    return andThen(attempt.identify(), (identity) => {
      if (!identity) return new Refusal("unauthenticated");
      attempt.identity = identity;
      return null;
    });
  },
};

/** Refuses a purchase whose URL was not given to this user, for this spike, a short while ago. */
export const purchaseToken: Filter = {
  name: "purchase_token",
  check(attempt) {
    const { userId } = learned(attempt, "identity");
    const { env, spikeId, now } = attempt;
    return andThen(judgePurchaseToken(env, attempt.purchaseToken, spikeId, userId, now), (verdict) => {
      if (verdict === "valid") return null;
      // A page left open too long sends an expired one; nobody's page sends one that we never gave it.
      if (verdict === "forged") strikeFor(attempt, "bad_token");
      return new Refusal("invalid_spike_token", NOT_YOURS);
    });
  },
};
