import { TokenBuckets } from "../shared/rate/token-bucket.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import { needsChallenge, type StrikeReason } from "../shared/strikes.ts";
import { type Actor, countedAddress, limitsOf, standingOf, strike } from "./strikes.ts";

/**
 * Requests in vain that an account may make without being suspicious: before the start, and while nothing is left.
 * The refusal says when to come back and our pages obey; this is room for a second tab, for a page that is loaded
 * again, and for a client that looks once a second.
 */
export const PATIENT_RATE = { capacity: 3, fillMs: 3_000 };

/** Accounts whose requests in vain an isolate counts, some 100 bytes each. */
const WATCHED_ACCOUNTS_MAX = 100_000;

const inVain = new TokenBuckets(WATCHED_ACCOUNTS_MAX);

/** What is said of those who do not listen, by the refusal that told them when to come back. */
const REASONS = { too_early: "too_early", sold_out: "impatient" } as const satisfies Record<
  string,
  StrikeReason
>;

/** Whether anything follows from asking in vain. */
export const heedsImpatience = ({ strikesBeforeChallenge, challengeCost }: Settings): boolean =>
  strikesBeforeChallenge !== OFF && challengeCost !== OFF;

/**
 * Takes note of a request that was told to come back later, and strikes an account that does not listen: until it is
 * challenged and no more, since asking often is a nuisance for which nobody is barred. Where addresses do not count,
 * this does not either; the actor's address is not read before it matters.
 */
export function noteInVain(actor: Actor, code: keyof typeof REASONS): void {
  const { spikeId, userId, settings, now } = actor;
  if (!heedsImpatience(settings)) return;
  if (inVain.take(`${spikeId} ${userId}`, PATIENT_RATE, now) === 0) return;
  if (countedAddress(actor) === null || needsChallenge(standingOf(actor).strikes, limitsOf(settings))) return;
  strike(actor, REASONS[code]);
}
