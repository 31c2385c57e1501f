import { describe, expect, it } from "vitest";
import { PROOF_MARGIN_MS, solutionFor } from "../../../client/sale/proof.ts";

const NOW = 1_800_000_000_000;
const proof = { key: "k1", solution: "s1", expiresAt: NOW + 120_000 };
const untilIn = (ms: number) => ({ ...proof, expiresAt: NOW + ms });

describe("the proof that a person is there", () => {
  it("goes with the purchase it was asked for, and with no other: there it would be a strike", () => {
    expect(solutionFor({ key: "k1" }, proof, NOW)).toBe("s1");
    expect(solutionFor({ key: "k2" }, proof, NOW)).toBeUndefined();
    expect(solutionFor({ key: "k1" }, undefined, NOW)).toBeUndefined();
  });

  it("is not sent when it might come too late", () => {
    expect(solutionFor({ key: "k1" }, untilIn(PROOF_MARGIN_MS + 1), NOW)).toBe("s1");
    expect(solutionFor({ key: "k1" }, untilIn(PROOF_MARGIN_MS), NOW)).toBeUndefined();
    expect(solutionFor({ key: "k1" }, untilIn(PROOF_MARGIN_MS - 1), NOW)).toBeUndefined();
    // Nobody knows yet.
    expect(solutionFor({ key: "k1" }, untilIn(0), undefined)).toBe("s1");
  });
});
