import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { STRIKE_PAUSE_MS } from "../../../workers/shared/strikes.ts";
import { solve } from "../support/challenges.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await saveSettings(env, { ...DEFAULT_SETTINGS, challengeCost: 1, userIntervalMs: 0 });
});
afterEach(async () => {
  vi.useRealTimers();
  await saveSettings(env, DEFAULT_SETTINGS);
});

it("a challenge that another purchase has used up is not offered again", async () => {
  const { id } = await createSpike({ maxPerUser: 2 });
  const userId = "u-used-up";
  const token = await purchaseTokenFor(id, userId);
  const buyWith = (key: string, solution?: string) =>
    buy(id, {
      ...{ userId, token, key },
      ...(solution !== undefined && { headers: { "challenge-solution": solution } }),
    });
  const offered = async (solution?: string) => {
    const { status, body } = await buyWith("k1", solution);
    expect(status).toBe(428);
    return body.challenge;
  };
  // Suspicious from the second on.
  for (let strikes = 0; strikes <= DEFAULT_SETTINGS.strikesBeforeChallenge; strikes++) {
    await offered("nonsense");
    vi.setSystemTime(Date.now() + STRIKE_PAUSE_MS);
  }
  const challenge = await offered();
  expect(await offered()).toEqual(challenge);
  const solution = await solve(challenge);
  expect((await buyWith("k2", solution)).status).toBe(202);
  const another = await offered(solution);
  expect(another).not.toEqual(challenge);
  expect(await offered()).toEqual(another);
  expect((await buyWith("k1", await solve(another))).status).toBe(202);
});
