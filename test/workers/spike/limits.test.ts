import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { withGate } from "../../../workers/platform/gate.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { call, request } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";
import { PATIENCE } from "../support/patience.ts";

afterEach(async () => {
  vi.useRealTimers();
  await saveSettings(env, DEFAULT_SETTINGS);
});

describe("with the settings as they come", () => {
  it("a shopper buys, has the most, gives it back and buys again, all at once", async () => {
    const spike = await createSpike({ maxPerUser: 1, stock: 2 });
    const userId = "u-quick";
    const won = await buy(spike.id, { userId });
    expect(won.status).toBe(202);
    expect((await buy(spike.id, { userId })).body.code).toBe("limit_reached");
    const cancelled = await call(`/api/orders/${String(won.body.orderId)}/cancellation`, {
      method: "POST",
      headers: await bearer({ userId }),
    });
    expect(cancelled.status).toBe(200);
    expect((await buy(spike.id, { userId })).status).toBe(202);
  });

  it("a client that tries all kinds of wrong tokens can still use its right one", async () => {
    const spike = await createSpike();
    const token = await purchaseTokenFor(spike.id, "u-tester");
    // At one moment: what takes longer is as many suspicious acts, however slow the machine was.
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let i = 0; i < 5; i++) await buy(spike.id, { userId: "u-tester", token: `wrong${i}` });
    expect((await buy(spike.id, { userId: "u-tester", token })).status).toBe(202);
  });

  it("many purchases of one account at one moment are one act", async () => {
    const spike = await createSpike({ maxPerUser: 2, stock: 100 });
    const token = await purchaseTokenFor(spike.id, "u-burst");
    vi.useFakeTimers({ toFake: ["Date"] });
    const codes: unknown[] = [];
    for (let i = 0; i < 30; i++)
      codes.push((await buy(spike.id, { userId: "u-burst", token, key: `k${i}` })).body.code);
    expect(codes).not.toContain("challenge_required");
    expect(codes.filter((code) => code === undefined)).toHaveLength(2);
  });
});

describe("the fleet's ceiling", () => {
  const CEILING = 5;
  const askForToken = async (spikeId: string, userId: string) =>
    request(`/api/spikes/${spikeId}/token`, { method: "POST", headers: await bearer({ userId }) });

  async function burst(spikeId: string, count: number) {
    const responses: Response[] = [];
    for (let i = 0; i < count; i++) {
      const response = await askForToken(spikeId, `u-fleet-${i}`);
      await response.text();
      responses.push(response);
    }
    return responses;
  }

  it.each([
    [CEILING - 1, 0],
    [CEILING, 0],
    [CEILING + 1, 1],
  ])("of %i requests in a second sheds %i", async (asked, shed) => {
    const spike = await createSpike();
    vi.useFakeTimers({ toFake: ["Date"] });
    await saveSettings(env, { ...DEFAULT_SETTINGS, fleetRequestsPerSecond: CEILING });
    const refused = (await burst(spike.id, asked)).filter(({ status }) => status !== 200);
    expect(refused.map(({ status }) => status)).toEqual(Array(shed).fill(503));
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });

  it("is of one spike, and is off at 0", async () => {
    const [busy, other] = [await createSpike(), await createSpike()];
    vi.useFakeTimers({ toFake: ["Date"] });
    await saveSettings(env, { ...DEFAULT_SETTINGS, fleetRequestsPerSecond: CEILING });
    await burst(busy.id, CEILING + 1);
    expect((await askForToken(other.id, "u-fleet")).status).toBe(200);
    await saveSettings(env, { ...DEFAULT_SETTINGS, fleetRequestsPerSecond: 0 });
    expect((await burst(busy.id, 20)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it("leaves little to an isolate when others bring most of the traffic", async () => {
    const spike = await createSpike();
    vi.useFakeTimers({ toFake: ["Date"] });
    await saveSettings(env, { ...DEFAULT_SETTINGS, fleetRequestsPerSecond: 20 });
    const another = { isolate: "another", requestsPerSecond: 190 };
    // Alone this isolate may let in all three of each second; it hears of the other when its report is answered.
    await vi.waitFor(async () => {
      await withGate(env, spike.id, 0, (gate) => gate.traffic(another));
      vi.setSystemTime(Date.now() + 1_000);
      const statuses = (await burst(spike.id, 3)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 503)).toHaveLength(2);
    }, PATIENCE);
  });
});
