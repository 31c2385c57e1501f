import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SWITCH_AHEAD_MS, turnSwitch } from "../../../workers/admin/kill-switch.ts";
import { republishSettings } from "../../../workers/admin/settings.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import { call } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});
afterEach(async () => {
  await turn(0);
});

const turn = (salesPaused: number) =>
  call("/api/admin/settings", { method: "PUT", headers: admin, body: { salesPaused } });
const isStopped = async (id: string) => (await withLedger(env, id, (ledger) => ledger.status())).paused;
const reserve = (id: string, userId: string) =>
  withLedger(env, id, async (ledger) => {
    const { results } = await ledger.reserve([{ userId, quantity: 1, key: userId, requestId: "r" }]);
    const [result] = results;
    return result?.ok ? "won" : result?.code;
  });

describe("the switch for all sales", () => {
  it("stops every running sale in its ledger before it answers, and lets them go on", async () => {
    const sales = [await createSpike(), await createSpike(), await createSpike()];
    expect(await turn(1)).toMatchObject({ status: 200, body: { salesPaused: 1 } });
    for (const { id } of sales) expect(await reserve(id, "u1")).toBe("paused");
    expect((await call(`/api/spikes/${sales[0]?.id}`)).body.phase).toBe("paused");
    expect(await turn(0)).toMatchObject({ status: 200 });
    for (const { id } of sales) expect(await reserve(id, "u1")).toBe("won");
  });

  it("is what a shopper meets over HTTP", async () => {
    const { id } = await createSpike();
    const token = await purchaseTokenFor(id, "u1");
    await turn(1);
    expect(await buy(id, { userId: "u1", token })).toMatchObject({ status: 503, body: { code: "paused" } });
    await turn(0);
    expect((await buy(id, { userId: "u1", token })).status).toBe(202);
  });

  it("leaves a sale's own pause as it is", async () => {
    const { id } = await createSpike();
    const operate = (verb: string) =>
      call(`/api/admin/spikes/${id}/${verb}`, { method: "POST", headers: admin });
    await operate("pause");
    await turn(1);
    await turn(0);
    expect(await isStopped(id)).toBe(true);
    await turn(1);
    expect((await operate("resume")).body.phase).toBe("paused");
    await turn(0);
    expect(await isStopped(id)).toBe(false);
  });

  it("holds for sales that are made or moved to now while it is off", async () => {
    const later = await createSpike({ startsAt: inMinutes(30) });
    await turn(1);
    const { id, phase } = await createSpike();
    expect([phase, await reserve(id, "u1")]).toEqual(["paused", "paused"]);
    const body = { startsAt: inMinutes(-1) };
    await call(`/api/admin/spikes/${later.id}`, { method: "PATCH", headers: admin, body });
    expect(await reserve(later.id, "u1")).toBe("paused");
  });

  it.each([
    [SWITCH_AHEAD_MS - 1_000, true],
    [SWITCH_AHEAD_MS + 60_000, false],
  ])(
    "is told to a sale that starts in %d ms at once: %s; cron tells the others in time",
    async (ms, told) => {
      const startsAt = Date.now() + ms;
      const { id } = await createSpike({ startsAt: new Date(startsAt).toISOString() });
      await turn(1);
      expect(await isStopped(id)).toBe(told);
      await republishSettings(env, startsAt - SWITCH_AHEAD_MS);
      expect(await isStopped(id)).toBe(true);
    },
  );

  it("never lets an older order undo a newer one", async () => {
    const { id } = await createSpike();
    const tell = (halted: boolean, version: number) =>
      withLedger(env, id, (ledger) => ledger.setHalted(halted, version));
    expect((await tell(true, 1_000)).paused).toBe(true);
    expect((await tell(false, 999)).paused).toBe(true);
    expect((await tell(false, 1_000)).paused).toBe(true);
    expect((await tell(false, 1_001)).paused).toBe(false);
  });

  it("says when it has not reached every sale, and has told the others", async () => {
    const [reached, missed] = [await createSpike(), await createSpike()];
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const SPIKE_STOCK = new Proxy(env.SPIKE_STOCK, {
      get: (target, property) =>
        property === "idFromName"
          ? (name: string) => {
              if (name === missed.id) throw new Error("unreachable");
              return target.idFromName(name);
            }
          : (Reflect.get(target, property) as (...args: unknown[]) => unknown).bind(target),
    });
    const order = { halted: true, version: 5_000 };
    await expect(turnSwitch({ ...env, SPIKE_STOCK }, order, Date.now())).rejects.toMatchObject({
      code: "overloaded",
    });
    expect(error.mock.calls.flat().join()).toContain(missed.id);
    error.mockRestore();
    expect([await isStopped(reached.id), await isStopped(missed.id)]).toEqual([true, false]);
    await turnSwitch(env, { halted: false, version: 5_001 }, Date.now());
  });

  it("stores nothing for a sale that does not exist", async () => {
    const tell = withLedger(env, "nosuchspike0", (ledger) => ledger.setHalted(true, 1));
    expect(await tell).toMatchObject({ configVersion: 0 });
  });
});
