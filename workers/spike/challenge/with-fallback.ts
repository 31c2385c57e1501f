import type { ChallengeProvider } from "./challenge.ts";

/** How long the main way is not offered after it failed, in milliseconds. */
export const OUTAGE_MS = 30_000;

/** How a client marks a solution of the main way; without the mark it is one of the fallback. */
export const MAIN_MARK = "turnstile ";

/** When the main way last failed, epoch milliseconds. Belongs to the isolate, not to a request. */
export interface Outage {
  since: number;
}

/**
 * A challenge of another house in front of our own. While the other house does not answer, everybody
 * is offered our own: a sale neither stops nor opens to bots. Solutions to either are welcome at any
 * time, because we sign our own challenges and so only whom we have offered one can solve it.
 */
export function withFallback(
  main: ChallengeProvider,
  fallback: ChallengeProvider,
  outage: Outage,
): ChallengeProvider {
  return {
    offer(subject) {
      const isOut = Math.abs(subject.now - outage.since) < OUTAGE_MS;
      return (isOut ? fallback : main).offer(subject);
    },

    async verify(subject, solution) {
      if (!solution.startsWith(MAIN_MARK)) return await fallback.verify(subject, solution);
      const verification = await main.verify(subject, solution.slice(MAIN_MARK.length));
      if (!verification.ok && verification.fault === "unavailable") outage.since = subject.now;
      return verification;
    },
  };
}
