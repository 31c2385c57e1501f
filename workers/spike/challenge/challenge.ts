import type { Solution } from "../../../durable-objects/spike-gate/messages.ts";
import type { Soon } from "../../shared/soon.ts";

/** The header of a purchase that carries a solved challenge; docs/challenge.md describes it for clients. */
export const SOLUTION_HEADER = "Challenge-Solution";

/** Longest solution a client may send, in characters: a Turnstile token has at most 2,048, an ALTCHA payload about 900. */
export const SOLUTION_MAX_CHARS = 4_096;

/** Whom and what a challenge is for: its solution is worthless for anybody and anything else. */
export interface ChallengeSubject {
  spikeId: string;
  userId: string;
  /** The purchase's idempotency key; null where the client sent none. */
  key: string | null;
  /** A solution came with the purchase: the challenge that it solves, if any, must not be offered again. */
  hasSolution?: boolean;
  /** The host name of the page the client is on: ours, or that of another origin that the operator has named. */
  hostname: string;
  /** Epoch milliseconds. */
  now: number;
}

/** What the client is given to prove that a person is there: the problem's `challenge`. */
export type ChallengeOffer =
  | { kind: "altcha"; parameters: Record<string, unknown>; signature: string }
  | { kind: "turnstile"; siteKey: string; action: string; cData: string };

export type SolutionFault = "malformed" | "forged" | "expired" | "not_yours" | "unsolved";

export type Verification =
  | { ok: true; solution: Solution }
  /** Not a solution to this challenge: the client's doing. */
  | { ok: false; fault: SolutionFault }
  /** Nobody can tell now: not the client's fault. */
  | { ok: false; fault: "unavailable" };

/** One way to tell people from scripts. */
export interface ChallengeProvider {
  /** One that can still be solved; at once where nobody has to be asked. */
  offer(subject: ChallengeSubject): Soon<ChallengeOffer>;
  /** Whether `solution`, as the client sent it, solves a challenge for this subject. Says nothing about whether it was used before. */
  verify(subject: ChallengeSubject, solution: string): Promise<Verification>;
}
