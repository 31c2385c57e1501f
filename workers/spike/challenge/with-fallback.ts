import type { ChallengeProvider, Verification } from "./challenge.ts";

/** How long the main way is not offered after it failed, in milliseconds. */
export const OUTAGE_MS = 30_000;

/** How often the main way is asked while it is out, in milliseconds: longer than asking in vain takes. */
export const OUTAGE_QUESTION_MS = 5_000;

/** How a client marks a solution of the main way; without the mark it is one of the fallback. */
export const MAIN_MARK = "turnstile ";

const UNAVAILABLE: Verification = { ok: false, fault: "unavailable" };

/** When the main way last failed and was last asked, epoch milliseconds. Belongs to the isolate, not to a request. */
interface Outage {
  since: number;
  askedAt: number;
}

export const noOutage = (): Outage => ({ since: -Infinity, askedAt: -Infinity });

/**
 * A challenge of another house in front of our own. While the other house does not answer, everybody
 * is offered our own: a sale neither stops nor opens to bots. Solutions to either are welcome at any
 * time, because we sign our own challenges and so only whom we have offered one can solve it. But what
 * is out is asked about one solution now and then, until it answers: a crowd must not wait for it.
 */
export function withFallback(
  main: ChallengeProvider,
  fallback: ChallengeProvider,
  outage: Outage,
): ChallengeProvider {
  // A clock that was set back must not make it last.
  const isWithin = (ms: number, since: number, now: number) => Math.abs(now - since) < ms;
  const isOut = (now: number) => isWithin(OUTAGE_MS, outage.since, now);
  return {
    offer(subject) {
      return (isOut(subject.now) ? fallback : main).offer(subject);
    },

    async verify(subject, solution) {
      if (!solution.startsWith(MAIN_MARK)) return await fallback.verify(subject, solution);
      const { now } = subject;
      if (isOut(now) && isWithin(OUTAGE_QUESTION_MS, outage.askedAt, now)) return UNAVAILABLE;
      outage.askedAt = now;
      const verification = await main.verify(subject, solution.slice(MAIN_MARK.length));
      if (!verification.ok && verification.fault === "unavailable") outage.since = now;
      else if (hasAnswered(verification)) outage.since = -Infinity;
      return verification;
    },
  };
}

/** Of what cannot be a token nobody is asked, so anybody could end an outage with it. */
const hasAnswered = (verification: Verification): boolean =>
  verification.ok || verification.fault !== "malformed";
