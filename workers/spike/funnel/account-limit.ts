import { limitAccount } from "../../shared/rate/request-limits.ts";
import { type Filter, learned } from "./attempt.ts";
import { strikeFor } from "./suspicion.ts";

/**
 * Refuses accounts that ask for tokens more often than `accountRequestsPerWindow` allows. Purchases
 * are counted by the account's gate, which knows a retry from a new wish.
 */
export const accountLimit: Filter = {
  name: "account_limit",
  check(attempt) {
    const { userId } = learned(attempt, "identity");
    const refusal = limitAccount("token", userId, attempt.settings, attempt.now);
    if (refusal) strikeFor(attempt, "too_fast");
    return refusal;
  },
};
