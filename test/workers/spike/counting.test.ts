import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { putEntry } from "../../../workers/admin/blacklist.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import type { Counts } from "../../../workers/shared/counts.ts";
import { Refusal } from "../../../workers/shared/refusals.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import type { Attempt } from "../../../workers/spike/funnel/attempt.ts";
import { count, counted } from "../../../workers/spike/funnel/counting.ts";
import { PURCHASE_FUNNEL, TOKEN_FUNNEL } from "../../../workers/spike/funnel/funnel.ts";
import { readLiveFigures } from "../../../workers/spike/live-figures.ts";
import { issuePurchaseToken } from "../../../workers/spike/purchase-token.ts";
import { call } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";
import { PATIENCE } from "../support/patience.ts";

afterEach(() => vi.useRealTimers());

/** What the monitor knows once this isolate has expectCounts, without the gates' share. */
async function expectCounts(spikeId: string, expected: Counts): Promise<void> {
  await expect
    .poll(
      async () => {
        const { totals } = await readLiveFigures(env, spikeId);
        return Object.fromEntries(Object.entries(totals).filter(([name]) => !name.startsWith("gate.")));
      },
      { interval: 100 },
    )
    .toEqual(expected);
}

const askToken = async (id: string, userId: string) =>
  await call(`/api/spikes/${id}/token`, { method: "POST", headers: await bearer({ userId }) });

describe("the funnel's counts", () => {
  it("add up when every attempt ends differently", async () => {
    const spike = await createSpike({
      stock: 3,
      maxPerUser: 1,
      accessRules: [{ kind: "users", deny: ["denied"] }],
    });
    const { id } = spike;
    await putEntry(env, "a", { kind: "user", value: "barred" }, { reason: "r", expiresAt: null }, Date.now());
    const token = await purchaseTokenFor(id, "u1");
    await call(`/api/spikes/${id}/token`, { method: "POST" });
    await askToken(id, "barred");
    await askToken(id, "denied");
    await buy(id, { userId: "u1", token, key: "k" });
    await buy(id, { userId: "u1", token, key: "k" });
    await buy(id, { userId: "u1", token, key: "k", body: { quantity: 1 } });
    await buy(id, { userId: "u2", token });
    await buy(id, { userId: "u1", token });
    await call(`/api/spikes/${id}/purchases/${token}`, { method: "POST" });
    await buy(id, {
      userId: "u3",
      token: (await issuePurchaseToken(env, id, "u3", Date.now())).token,
      body: { quantity: 0 },
    });
    await call(`/api/admin/spikes/${id}/pause`, { method: "POST", headers: await adminBearer() });
    await askToken(id, "u1");
    await buy(id, { userId: "u1", token });
    await expectCounts(id, {
      "token.attempts": 5,
      "token.passed": 1,
      "token.stopped.authenticated": 1,
      "token.stopped.blacklist": 1,
      "token.stopped.access_rules": 1,
      "token.stopped.phase": 1,
      "purchase.attempts": 8,
      "purchase.passed": 3,
      "purchase.stopped.purchase_token": 1,
      "purchase.stopped.authenticated": 1,
      "purchase.stopped.sold_out": 1,
      "purchase.refused.limit_reached": 1,
      "purchase.refused.invalid_request": 1,
    });
  });

  it("have each filter's name once per funnel", () => {
    for (const funnel of [TOKEN_FUNNEL, PURCHASE_FUNNEL]) {
      expect(new Set(funnel.map(({ name }) => name)).size).toBe(funnel.length);
    }
  });

  it("know who was stopped at the address limit, at the door and by the overload bucket", async () => {
    const open = await createSpike({ stock: 1 });
    const upcoming = await createSpike({ startsAt: inMinutes(5) });
    const { token } = await issuePurchaseToken(env, open.id, "u1", Date.now());
    await saveSettings(env, { ...DEFAULT_SETTINGS, addressRequestsPerWindow: 1 });
    const from = { "cf-connecting-ip": "203.0.113.9" };
    for (let n = 0; n < 3; n++) {
      await call(`/api/spikes/${open.id}/purchases/${token}`, { method: "POST", headers: from });
    }
    await saveSettings(env, DEFAULT_SETTINGS);
    await call(`/api/spikes/${upcoming.id}`);
    await askToken(upcoming.id, "u1");
    await buy(open.id, { userId: "u1", token });
    await call(`/api/spikes/${open.id}/stock`);
    await askToken(open.id, "u2");
    await expectCounts(upcoming.id, { "token.attempts": 1, "token.stopped.phase": 1 });
    await expectCounts(open.id, {
      "purchase.attempts": 4,
      "purchase.stopped.authenticated": 1,
      "purchase.stopped.address_limit": 2,
      "purchase.passed": 1,
      "token.attempts": 1,
      "token.stopped.sold_out": 1,
    });
  });

  it("show how purchases travelled together", async () => {
    const { id } = await createSpike();
    await buy(id, { userId: "u1" });
    await buy(id, { userId: "u2" });
    await expect
      .poll(async () => (await readLiveFigures(env, id)).totals)
      .toMatchObject({ "gate.0.calls": 2, "gate.0.purchases": 2 });
  });

  it("are not kept for names that strangers make up", async () => {
    await askToken("madeupname", "u1");
    count(env, "madeupname", { "token.attempts": 1 });
    const monitor = env.SPIKE_MONITOR.get(env.SPIKE_MONITOR.idFromName("madeupname"));
    await scheduler.wait(0);
    expect((await monitor.figures("madeupname")).totals).toEqual({});
  });
});

describe("counting", () => {
  it("keeps nobody waiting, reports once a second, and survives a monitor that fails", async () => {
    const { id } = await createSpike();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const report = vi.fn(async (_: unknown) => {
      throw new Error("the monitor is down");
    });
    const SPIKE_MONITOR = { idFromName: (name: string) => name, get: () => ({ report }) };
    const broken = { ...env, SPIKE_MONITOR } as unknown as Env;
    const attempt: Attempt = {
      ...{ env: broken, settings: DEFAULT_SETTINGS, now: Date.now(), spikeId: id, purchaseToken: "" },
      ...{
        key: null,
        identify: async () => undefined,
        address: null,
        country: null,
        hostname: "",
        solution: null,
      },
    };
    await expect.poll(() => report.mock.calls.length).toBe(0);
    const startedAt = Date.now();
    for (let n = 0; n < 100; n++) {
      expect(await counted("token", { ...attempt }, async () => n)).toBe(n);
      await expect(
        counted("token", { ...attempt }, () => Promise.reject(new Refusal("paused"))),
      ).rejects.toThrow("paused");
      await expect(counted("token", { ...attempt }, () => Promise.reject(new Error("bug")))).rejects.toThrow(
        "bug",
      );
    }
    const sums = () => {
      const sum: Counts = {};
      for (const [{ seconds }] of report.mock.calls as [{ seconds: { counts: Counts }[] }][])
        for (const { counts } of seconds)
          for (const [name, n] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + n;
      return sum;
    };
    await vi.waitFor(
      () =>
        expect(sums()).toEqual({
          "token.attempts": 300,
          "token.passed": 100,
          "token.refused.paused": 100,
          "token.failed": 100,
        }),
      PATIENCE,
    );
    // One, where the machine did the attempts within a second.
    expect(report.mock.calls.length).toBeLessThanOrEqual(1 + (Date.now() - startedAt) / 1_000);
    await vi.waitFor(() => expect(warn.mock.calls.flat().join()).toContain("counts_lost"), PATIENCE);
    warn.mockRestore();
    expect((await withLedger(env, id, (ledger) => ledger.status())).available).toBe(10);
  });
});
