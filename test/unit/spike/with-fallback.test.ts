import { describe, expect, it } from "vitest";
import type { ChallengeProvider, Verification } from "../../../workers/spike/challenge/challenge.ts";
import {
  noOutage,
  OUTAGE_MS,
  OUTAGE_QUESTION_MS,
  withFallback,
} from "../../../workers/spike/challenge/with-fallback.ts";
import { NOW, SUBJECT } from "../../challenge-subject.ts";

const GOOD: Verification = { ok: true, solution: { id: "good", expiresAt: NOW + 1 } };
const OUT: Verification = { ok: false, fault: "unavailable" };

/** Turnstile, which says what the test wants, with proof of work behind it. */
function harness() {
  const house = { says: GOOD, asked: [] as string[] };
  const main: ChallengeProvider = {
    offer: () => ({ kind: "turnstile", siteKey: "site", action: "purchase", cData: "" }),
    verify: async (_subject, solution) => {
      house.asked.push(solution);
      return house.says;
    },
  };
  const own: ChallengeProvider = {
    offer: () => ({ kind: "altcha", parameters: {}, signature: "ours" }),
    verify: async (_subject, solution) => (solution === "ours" ? GOOD : { ok: false, fault: "forged" }),
  };
  const challenge = withFallback(main, own, noOutage());
  const verifyAt = (now: number, solution = "turnstile token") =>
    challenge.verify({ ...SUBJECT, now }, solution);
  const offerAt = async (now: number) => (await challenge.offer({ ...SUBJECT, now })).kind;
  /** The house falls silent, and somebody notices. */
  const goOut = async () => {
    house.says = OUT;
    expect(await verifyAt(NOW)).toEqual(OUT);
    house.asked = [];
  };
  return { house, verifyAt, offerAt, goOut };
}

describe("Turnstile with proof of work behind it", () => {
  it("offers Turnstile, and knows the solutions apart", async () => {
    const { house, verifyAt, offerAt } = harness();
    expect(await offerAt(NOW)).toBe("turnstile");
    expect(await verifyAt(NOW)).toEqual(GOOD);
    expect(await verifyAt(NOW, "ours")).toEqual(GOOD);
    expect(await verifyAt(NOW, "token")).toEqual({ ok: false, fault: "forged" });
    expect(house.asked).toEqual(["token"]);
  });

  it.each([
    [OUTAGE_MS - 1, "altcha"],
    [OUTAGE_MS, "turnstile"],
    [OUTAGE_MS + 1, "turnstile"],
    // The clock has gone back.
    [-86_400_000, "turnstile"],
  ])("offers, %i ms after the house was silent, %s", async (ms, kind) => {
    const { offerAt, goOut } = harness();
    await goOut();
    expect(await offerAt(NOW + ms)).toBe(kind);
  });

  it.each(["forged", "expired", "malformed", "not_yours"] as const)(
    "does not take a token that is %s for an outage",
    async (fault) => {
      const { house, verifyAt, offerAt } = harness();
      house.says = { ok: false, fault };
      await verifyAt(NOW);
      expect(await offerAt(NOW)).toBe("turnstile");
    },
  );

  it("takes proofs of work while the house is out", async () => {
    const { verifyAt, goOut } = harness();
    await goOut();
    expect(await verifyAt(NOW, "ours")).toEqual(GOOD);
  });

  it.each([
    [OUTAGE_QUESTION_MS - 1, 0],
    [OUTAGE_QUESTION_MS, 1],
    [OUTAGE_QUESTION_MS + 1, 1],
    [-86_400_000, 100],
  ])(
    "asks a house that is out, %i ms after it was asked, about %i of a hundred tokens",
    async (ms, asked) => {
      const { house, verifyAt, goOut } = harness();
      await goOut();
      const verified = await Promise.all(Array.from({ length: 100 }, () => verifyAt(NOW + ms)));
      expect(verified).toEqual(Array.from({ length: 100 }, () => OUT));
      expect(house.asked).toHaveLength(asked);
    },
  );

  it.each<[string, Verification, string]>([
    ["a yes", GOOD, "turnstile"],
    ["a no", { ok: false, fault: "forged" }, "turnstile"],
    ["silence", OUT, "altcha"],
    // About these it is not asked.
    ["what cannot be a token", { ok: false, fault: "malformed" }, "altcha"],
  ])("offers after an outage and %s", async (_what, says, kind) => {
    const { house, verifyAt, offerAt, goOut } = harness();
    await goOut();
    house.says = says;
    const now = NOW + OUTAGE_QUESTION_MS;
    expect(await offerAt(now)).toBe("altcha");
    expect(await verifyAt(now)).toEqual(says);
    expect(await offerAt(now)).toBe(kind);
  });
});
