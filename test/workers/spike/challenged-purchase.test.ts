import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { withGate } from "../../../workers/platform/gate.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { STOCK_MAX_AGE_MS } from "../../../workers/shared/limits.ts";
import { gateOf } from "../../../workers/spike/gates.ts";
import { limitsOf } from "../../../workers/spike/strikes.ts";
import { solve } from "../support/challenges.ts";
import { PATIENCE } from "../support/patience.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import {
  BAR_AFTER,
  CHALLENGE_AFTER,
  guess,
  later,
  SETTINGS,
  somebody,
  useStrikeSettings,
} from "../support/suspects.ts";

useStrikeSettings();

describe("a challenged purchase", () => {
  async function challenged() {
    const spike = await createSpike();
    const userId = somebody();
    const token = await purchaseTokenFor(spike.id, userId);
    await guess(spike.id, userId, CHALLENGE_AFTER + 1);
    const refused = await buy(spike.id, { userId, token });
    expect([refused.status, refused.body.code]).toEqual([428, "challenge_required"]);
    expect(refused.body.challenge).toMatchObject({ kind: "altcha", parameters: { cost: 1 } });
    return { spike, userId, token, challenge: refused.body.challenge };
  }
  const withSolution = (solution: string) => ({ "challenge-solution": solution });

  it("succeeds with the solution, and again with the same key", async () => {
    const { spike, userId, token, challenge } = await challenged();
    const headers = withSolution(await solve(challenge));
    const won = await buy(spike.id, { userId, token, key: "k", headers });
    expect(won.status).toBe(202);
    expect((await buy(spike.id, { userId, token, key: "k", headers })).body).toEqual(won.body);
  });

  it.each([1, 0])("needs another solution for another purchase, with %i gates", async (gatesPerSpike) => {
    await saveSettings(env, { ...SETTINGS, gatesPerSpike });
    const { spike, userId, token, challenge } = await challenged();
    const headers = withSolution(await solve(challenge));
    expect((await buy(spike.id, { userId, token, key: "k1", headers })).status).toBe(202);
    const replayed = await buy(spike.id, { userId, token, key: "k2", headers });
    expect([replayed.status, replayed.body.code]).toEqual([428, "challenge_required"]);
    const fresh = withSolution(await solve(replayed.body.challenge));
    expect((await buy(spike.id, { userId, token, key: "k2", headers: fresh })).status).toBe(202);
  });

  it.each([1, 0])("needs none when it has won before, and %i gates are on its way", async (gatesPerSpike) => {
    await saveSettings(env, { ...SETTINGS, gatesPerSpike });
    const spike = await createSpike();
    const [userId, other] = [somebody(), somebody()];
    const [token, otherToken] = [
      await purchaseTokenFor(spike.id, userId),
      await purchaseTokenFor(spike.id, other),
    ];
    const won = await buy(spike.id, { userId, token, key: "k" });
    expect(won.status).toBe(202);
    for (const guesser of [userId, other]) await guess(spike.id, guesser, CHALLENGE_AFTER + 1);
    const again = { userId, token, key: "k" };
    expect(await buy(spike.id, again)).toMatchObject({ status: 202, body: won.body });
    const headers = withSolution("of long ago");
    expect(await buy(spike.id, { ...again, headers })).toMatchObject({ status: 202, body: won.body });
    const refused = { status: 428, body: { code: "challenge_required" } };
    expect(await buy(spike.id, { ...again, key: "k2" })).toMatchObject(refused);
    expect(await buy(spike.id, { userId: other, token: otherToken, key: "k" })).toMatchObject(refused);
  });

  it("needs none when it has won before, and its gate has forgotten that but not the strikes", async () => {
    let userId = somebody();
    while (gateOf(userId, { gatesPerSpike: 2 }) !== 1) userId = somebody();
    const spike = await createSpike();
    const again = { userId, token: await purchaseTokenFor(spike.id, userId), key: "k" };
    const won = await buy(spike.id, again);
    expect(won.status).toBe(202);
    // Another gate knows as little of it as one that has been lost.
    await saveSettings(env, { ...SETTINGS, gatesPerSpike: 2 });
    const strikes = [
      {
        subject: { kind: "user", value: userId },
        count: CHALLENGE_AFTER + 1,
        reason: "bad_token",
        accounts: 0,
      },
    ] as const;
    await withGate(env, spike.id, 1, (gate) =>
      gate.strike({ strikes: [...strikes], limits: limitsOf(SETTINGS) }),
    );
    const headers = withSolution("of long ago");
    expect(await buy(spike.id, { ...again, headers })).toMatchObject({ status: 202, body: won.body });
    expect(await buy(spike.id, again)).toMatchObject({ status: 202, body: won.body });
    expect((await buy(spike.id, { ...again, key: "k2" })).status).toBe(428);
  });

  it("needs none when its gate has seen it win through another isolate, and nothing is left", async () => {
    const spike = await createSpike({ stock: 1 });
    const [userId, other] = [somebody(), somebody()];
    const [token, otherToken] = [
      await purchaseTokenFor(spike.id, userId),
      await purchaseTokenFor(spike.id, other),
    ];
    const request = { userId, quantity: 1, key: "client:k", requestId: "elsewhere" };
    const purchases = { spikeId: spike.id, requests: [request], userIntervalMs: 0 };
    const { results } = await withGate(env, spike.id, gateOf(userId, SETTINGS) ?? 0, (gate) =>
      gate.purchase(purchases),
    );
    expect(results).toMatchObject([{ ok: true }]);
    for (const guesser of [userId, other]) await guess(spike.id, guesser, CHALLENGE_AFTER + 1);
    later(STOCK_MAX_AGE_MS + 1);
    await vi.waitFor(async () => {
      const late = await buy(spike.id, { userId: other, token: otherToken, key: "k2" });
      expect(late).toMatchObject({ status: 409, body: { code: "sold_out" } });
    }, PATIENCE);
    expect(await buy(spike.id, { userId: other, token: otherToken, key: "k" })).toMatchObject({
      status: 428,
    });
    const again = await buy(spike.id, { userId, token, key: "k" });
    expect([again.status, again.body.orderId]).toEqual([202, results[0]?.ok && results[0].orderId]);
  });

  it("gains nothing from another's solution, or from one for another sale", async () => {
    const one = await challenged();
    const other = await challenged();
    const shared = withSolution(await solve(other.challenge));
    const refused = await buy(one.spike.id, { userId: one.userId, token: one.token, headers: shared });
    expect([refused.status, refused.body.code]).toEqual([428, "challenge_required"]);
    const own = withSolution(await solve(refused.body.challenge));
    expect((await buy(one.spike.id, { userId: one.userId, token: one.token, headers: own })).status).toBe(
      202,
    );
  });

  it.each([
    ["nonsense", "nonsense"],
    ["far too long", "A".repeat(4_097)],
    ["of a house that is not asked", "turnstile XXXX.DUMMY.TOKEN.XXXX"],
  ])("is refused with a solution that is %s, and that is a strike", async (_what, solution) => {
    const { spike, userId, token } = await challenged();
    for (let strikes = CHALLENGE_AFTER + 1; strikes < BAR_AFTER + 1; strikes++) {
      later();
      expect((await buy(spike.id, { userId, token, headers: withSolution(solution) })).status).toBe(428);
    }
    expect((await buy(spike.id, { userId, token })).body.code).toBe("blacklisted");
  });

  it("is challenged no more when challenges are switched off", async () => {
    const { spike, userId, token } = await challenged();
    await saveSettings(env, { ...SETTINGS, challengeCost: 0 });
    expect((await buy(spike.id, { userId, token })).status).toBe(202);
  });
});
