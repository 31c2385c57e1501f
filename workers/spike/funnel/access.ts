import { isBlacklisted } from "../../access/blacklist.ts";
import { decideAccess } from "../../access/decide.ts";
import type { AccessDecision } from "../../access/shared-decisions.ts";
import { Refusal, type RefusalDetails } from "../../shared/refusals.ts";
import { andThen } from "../../shared/soon.ts";
import { type Filter, learned } from "./attempt.ts";

/** Refuses accounts and addresses that an admin or their own strikes have barred. */
export const notBlacklisted: Filter = {
  name: "blacklist",
  check(attempt) {
    const { userId } = learned(attempt, "identity");
    return andThen(isBlacklisted(attempt.env, userId, attempt.address, attempt.now), (isBarred) =>
      isBarred ? new Refusal("blacklisted") : null,
    );
  },
};

/** Refuses whom the spike's access rules do not let in. */
export const eligible: Filter = {
  name: "access_rules",
  check(attempt) {
    const spike = learned(attempt, "spike");
    if (spike.accessRules.length === 0) return null;
    const subject = { ...learned(attempt, "identity"), country: attempt.country };
    return andThen(decideAccess(attempt.env, spike, subject, attempt.settings, attempt.now), (decision) =>
      decision.allowed ? null : new Refusal("not_eligible", detailsOf(decision)),
    );
  },
};

type No = Extract<AccessDecision, { allowed: false }>;

/** Made once for each decision, as long as that is kept: who may not take part hears the same each time. */
const known = new WeakMap<No, RefusalDetails>();

function detailsOf(decision: No): RefusalDetails {
  let details = known.get(decision);
  if (!details) {
    const { rule, detail } = decision;
    known.set(decision, (details = Object.freeze({ rule, detail })));
  }
  return details;
}
