import { Refusal } from "../../shared/refusals.ts";
import type { StrikeReason } from "../../shared/strikes.ts";
import { type Actor, judge, noteAccount, strike } from "../strikes.ts";
import { type Attempt, type Filter, learned } from "./attempt.ts";

/** Refuses whom strikes have barred just now; what the blacklist says is the next filter's to read. */
export const notBarred: Filter = {
  name: "strikes",
  check(attempt) {
    const actor = actorOf(attempt);
    noteAccount(actor);
    return judge(actor) === "barred" ? new Refusal("blacklisted") : null;
  },
};

/** Who makes this attempt, once it is known. */
export function actorOf(attempt: Attempt): Actor {
  const { env, spikeId, settings, address, now } = attempt;
  return { env, spikeId, settings, address, now, userId: learned(attempt, "identity").userId };
}

export function strikeFor(attempt: Attempt, reason: StrikeReason): void {
  strike(actorOf(attempt), reason);
}
