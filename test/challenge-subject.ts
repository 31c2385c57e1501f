import type { ChallengeSubject } from "../workers/spike/challenge/challenge.ts";

/** The moment at which SUBJECT asks, epoch milliseconds. */
export const NOW = Date.parse("2026-11-11T10:00:00Z");

/** Whoever is to prove that he is a person, for the tests of those that offer challenges. */
export const SUBJECT: ChallengeSubject = {
  spikeId: "s1",
  userId: "u1",
  key: "client:k1",
  hostname: "sale.example",
  now: NOW,
};
