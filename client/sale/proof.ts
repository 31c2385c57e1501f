import type { Intent } from "./attempt.ts";

/** A proof is not sent in its last moments, in milliseconds: one that comes too late is a strike. */
export const PROOF_MARGIN_MS = 5_000;

/** What proves that a person is there. */
export interface Proof {
  /** The header's value. */
  solution: string;
  /** On the server's clock, epoch milliseconds. */
  expiresAt: number;
}

/** The purchase whose challenge was solved: however often that is sent, the proof counts, and for no other. */
export type ProofOfPurchase = Proof & Pick<Intent, "key">;

/**
 * What to send with the purchase of that key; undefined when its challenge was not solved, or too long ago.
 * @param now undefined while no answer has told the time: this machine's own may be off by years.
 */
export function solutionFor(
  { key }: Pick<Intent, "key">,
  proof: ProofOfPurchase | undefined,
  now: number | undefined,
): string | undefined {
  if (proof?.key !== key) return undefined;
  const isGood = now === undefined || proof.expiresAt - now > PROOF_MARGIN_MS;
  return isGood ? proof.solution : undefined;
}
