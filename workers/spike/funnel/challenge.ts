import { OFF } from "../../shared/settings.ts";
import { Refusal } from "../../shared/refusals.ts";
import { andThen, type Soon } from "../../shared/soon.ts";
import {
  type ChallengeOffer,
  type ChallengeSubject,
  SOLUTION_MAX_CHARS,
  type Verification,
} from "../challenge/challenge.ts";
import { openChallenge } from "../challenge/open-challenge.ts";
import { pastOf } from "../known-keys.ts";
import { judge } from "../strikes.ts";
import { type Attempt, type Filter, learned } from "./attempt.ts";
import { actorOf, strikeFor } from "./suspicion.ts";

/**
 * Asks suspicious accounts, and all who come from a suspicious address, to prove that a person is
 * there. A solution that was sent along is checked in any case: the gate may know of strikes that
 * this isolate has not heard of, and the gate is where a solution is used up. Whoever repeats a purchase that has
 * won proves nothing again, to the gate neither: he gets nothing that he does not have.
 */
export const challenge: Filter = {
  name: "challenge",
  check(attempt) {
    const { strikesBeforeChallenge, challengeCost } = attempt.settings;
    if (strikesBeforeChallenge === OFF || challengeCost === OFF) return null;
    const past = pastOfAttempt(attempt);
    if (past === "won") {
      attempt.owesProof = false;
      return null;
    }
    const { solution } = attempt;
    if (solution !== null) return checkSolution(attempt, solution);
    if (judge(actorOf(attempt)) !== "challenge") return null;
    if (past === null) return challengeRefusal(attempt);
    attempt.owesProof = true;
    return null;
  },
};

function pastOfAttempt(attempt: Attempt) {
  const { spikeId, key } = attempt;
  return key === null ? null : pastOf(spikeId, { userId: learned(attempt, "identity").userId, key });
}

async function checkSolution(attempt: Attempt, solution: string): Promise<Refusal | null> {
  const verification = await verify(attempt, solution);
  if (verification.ok) {
    attempt.solved = verification.solution;
    return null;
  }
  if (verification.fault !== "unavailable") strikeFor(attempt, "bad_solution");
  return await challengeRefusal(attempt);
}

async function verify(attempt: Attempt, solution: string): Promise<Verification> {
  if (solution.length > SOLUTION_MAX_CHARS) return { ok: false, fault: "malformed" };
  return await openChallenge(attempt.env, attempt.settings).verify(subjectOf(attempt), solution);
}

/** `challenge_required` with a challenge. */
export function challengeRefusal(attempt: Attempt): Soon<Refusal> {
  const provider = openChallenge(attempt.env, attempt.settings);
  return andThen(provider.offer(subjectOf(attempt)), refusalWith);
}

/** By the challenge: one that is offered again is written once. */
const refusals = new WeakMap<ChallengeOffer, Refusal>();

function refusalWith(challenge: ChallengeOffer): Refusal {
  let refusal = refusals.get(challenge);
  if (!refusal) {
    refusal = new Refusal("challenge_required", Object.freeze({ challenge }));
    refusals.set(challenge, refusal);
  }
  return refusal;
}

function subjectOf(attempt: Attempt): ChallengeSubject {
  const { spikeId, key, now } = attempt;
  return {
    spikeId,
    key,
    now,
    userId: learned(attempt, "identity").userId,
    // Not every provider asks for these, and they are in the request.
    get hasSolution() {
      return attempt.solution !== null;
    },
    get hostname() {
      return attempt.hostname;
    },
  };
}
