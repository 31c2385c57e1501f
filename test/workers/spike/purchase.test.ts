import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { forgetBlacklist } from "../../../workers/access/blacklist.ts";
import { Blacklist } from "../../../workers/shared/blacklist.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { IDEMPOTENCY_KEY_MAX_CHARS } from "../../../workers/shared/limits.ts";
import { issuePurchaseToken, PURCHASE_TOKEN_SECONDS } from "../../../workers/spike/purchase-token.ts";
import { call, request } from "../support/http.ts";
import { withoutTimeLimits } from "../support/patience.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";

const remaining = async (id: string) =>
  (await call<{ remaining: number }>(`/api/spikes/${id}/stock`)).body.remaining;

describe("a purchase", () => {
  it("reserves, and says until when to pay and where to look", async () => {
    const spike = await createSpike({ stock: 5, holdSeconds: 120 });
    const before = Date.now();
    const { status, body, headers } = await buy(spike.id, { userId: "u1", body: { quantity: 2 } });
    expect(status).toBe(202);
    expect(body).toEqual({
      orderId: expect.stringContaining(spike.id),
      state: "reserved",
      payBefore: expect.any(String),
      poll: `/api/orders/${String(body.orderId)}`,
    });
    expect(Date.parse(String(body.payBefore)) - before).toBeGreaterThanOrEqual(120_000);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(await remaining(spike.id)).toBe(3);
  });

  it("takes one unit when the body is empty or says nothing", async () => {
    const spike = await createSpike({ stock: 5 });
    expect((await buy(spike.id, { userId: "u1" })).status).toBe(202);
    expect((await buy(spike.id, { userId: "u2", body: {} })).status).toBe(202);
    expect(await remaining(spike.id)).toBe(3);
  });

  it("gives the same answer to the same key and takes stock once", async () => {
    const spike = await createSpike({ stock: 5, maxPerUser: 5 });
    const token = await purchaseTokenFor(spike.id, "u1");
    const tries = [];
    for (let i = 0; i < 4; i++) tries.push(await buy(spike.id, { userId: "u1", token, key: "k-1" }));
    expect(new Set(tries.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(tries.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await remaining(spike.id)).toBe(4);
  });

  it("keeps the keys of two users apart", async () => {
    const spike = await createSpike({ stock: 5 });
    const first = await buy(spike.id, { userId: "u1", key: "same" });
    const second = await buy(spike.id, { userId: "u2", key: "same" });
    expect(first.body.orderId).not.toBe(second.body.orderId);
  });

  it("refuses a key that was used for another quantity", async () => {
    const spike = await createSpike({ stock: 5 });
    await buy(spike.id, { userId: "u1", key: "k" });
    const { status, body } = await buy(spike.id, { userId: "u1", key: "k", body: { quantity: 2 } });
    expect([status, body.code]).toEqual([409, "idempotency_conflict"]);
    expect(await remaining(spike.id)).toBe(4);
  });

  it("names the order of a user who has the most already", async () => {
    const spike = await createSpike({ maxPerUser: 1 });
    const won = await buy(spike.id, { userId: "u1" });
    const { status, body } = await buy(spike.id, { userId: "u1" });
    expect([status, body.code, body.orderId]).toEqual([409, "limit_reached", won.body.orderId]);
  });

  it.each([
    ["sold out", async () => undefined],
    ["paused", async (id: string) => void (await withLedger(env, id, (ledger) => ledger.setPaused(true)))],
  ])("gives a winner the same answer again when the sale is %s by then", async (_, change) => {
    const spike = await createSpike({ stock: 1 });
    const [token, late] = [await purchaseTokenFor(spike.id, "u1"), await purchaseTokenFor(spike.id, "u2")];
    const won = await buy(spike.id, { userId: "u1", token, key: "k" });
    await change(spike.id);
    expect(await buy(spike.id, { userId: "u1", token, key: "k" })).toMatchObject({
      status: 202,
      body: won.body,
    });
    expect((await buy(spike.id, { userId: "u2", token: late, key: "k" })).status).toBeGreaterThanOrEqual(409);
    expect((await buy(spike.id, { userId: "u2", token: "x", key: "k" })).body.code).toBe(
      "invalid_spike_token",
    );
  });

  it("sells the last unit, and says sold out to whoever comes later", async () => {
    const spike = await createSpike({ stock: 1 });
    const lateToken = await purchaseTokenFor(spike.id, "late");
    expect((await buy(spike.id, { userId: "first" })).status).toBe(202);
    expect(await remaining(spike.id)).toBe(0);
    const late = await buy(spike.id, { userId: "late", token: lateToken });
    expect([late.status, late.body.code]).toEqual([409, "sold_out"]);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThanOrEqual(2);
    const later = await call(`/api/spikes/${spike.id}/token`, { method: "POST", headers: await bearer() });
    expect([later.status, later.body.code]).toEqual([409, "sold_out"]);
  });

  it.each([0, 1, 3])(
    "works through %i gates, also when their number changes in between",
    async (gatesPerSpike) => {
      const spike = await createSpike({ stock: 30 });
      await saveSettings(env, { ...DEFAULT_SETTINGS, gatesPerSpike });
      const first = await buy(spike.id, { userId: "u1", key: "k" });
      await saveSettings(env, { ...DEFAULT_SETTINGS, gatesPerSpike: gatesPerSpike + 1 });
      const again = await buy(spike.id, { userId: "u1", key: "k" });
      expect(again.body).toEqual(first.body);
      for (let i = 0; i < 9; i++) await buy(spike.id, { userId: `many-${i}` });
      expect(await remaining(spike.id)).toBe(20);
      await saveSettings(env, DEFAULT_SETTINGS);
    },
  );
});

describe("before and after a sale", () => {
  it("is too early, and says when to come", async () => {
    const spike = await createSpike({ startsAt: inMinutes(1) });
    const { token } = await issuePurchaseToken(env, spike.id, "u1", Date.now());
    for (const path of [`/api/spikes/${spike.id}/token`, `/api/spikes/${spike.id}/purchases/${token}`]) {
      const response = await request(path, { method: "POST", headers: await bearer({ userId: "u1" }) });
      const body = await response.json<Record<string, unknown>>();
      expect(response.status).toBe(425);
      expect(body).toMatchObject({ code: "too_early", startsAt: spike.startsAt });
      expect(Math.abs(Date.parse(String(body.serverTime)) - Date.now())).toBeLessThan(60_000);
      expect(Number(response.headers.get("retry-after"))).toBe(body.retryAfter);
    }
  });

  it("stops at once when it is paused, whatever an isolate remembers, and goes on when resumed", async () => {
    const spike = await createSpike();
    const token = await purchaseTokenFor(spike.id, "u1");
    await withLedger(env, spike.id, (ledger) => ledger.setPaused(true));
    const paused = await buy(spike.id, { userId: "u1", token });
    expect([paused.status, paused.body.code]).toEqual([503, "paused"]);
    expect((await call(`/api/spikes/${spike.id}/stock`)).body.phase).toBe("paused");
    await withLedger(env, spike.id, (ledger) => ledger.setPaused(false));
    await vi.waitFor(async () => expect((await buy(spike.id, { userId: "u1", token })).status).toBe(202), {
      timeout: 60_000,
    });
  });

  it("puts restocked units on sale", async () => {
    const spike = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(spike.id, "u2");
    await buy(spike.id, { userId: "u1" });
    await withLedger(env, spike.id, (ledger) => ledger.restock(1, "delivery"));
    await vi.waitFor(async () => expect((await buy(spike.id, { userId: "u2", token })).status).toBe(202), {
      timeout: 60_000,
    });
  });

  it("is open only to whom its rules let in", async () => {
    const spike = await createSpike({ accessRules: [{ kind: "min_tier", tier: 2 }] });
    const ask = async (tier: number) =>
      call(`/api/spikes/${spike.id}/token`, {
        method: "POST",
        headers: await bearer({ userId: "u1", tier }),
      });
    expect((await ask(2)).status).toBe(200);
    expect(await ask(1)).toMatchObject({ status: 403, body: { code: "not_eligible", rule: "min_tier" } });
    const { token } = (await ask(2)).body;
    const downgraded = await buy(spike.id, { userId: "u1", token });
    expect([downgraded.status, downgraded.body.code]).toEqual([403, "not_eligible"]);
  });
});

describe("the purchase token", () => {
  const forged: [string, (spikeId: string, now: number) => Promise<string>][] = [
    ["missing", async () => "x"],
    ["of another user", async (id, now) => (await issuePurchaseToken(env, id, "u2", now)).token],
    ["of another spike", async (_, now) => (await issuePurchaseToken(env, "other", "u1", now)).token],
    [
      "expired",
      async (id, now) => (await issuePurchaseToken(env, id, "u1", now - PURCHASE_TOKEN_SECONDS * 1000)).token,
    ],
    [
      "with a later expiry",
      async (id, now) => {
        const { token } = await issuePurchaseToken(env, id, "u1", now - 60_000);
        return `${(Math.floor(now / 1000) + 9_999).toString(36)}${token.slice(token.indexOf("."))}`;
      },
    ],
    [
      "with a changed signature",
      async (id, now) => {
        const { token } = await issuePurchaseToken(env, id, "u1", now);
        const [expiry, signature = ""] = token.split(".");
        return `${expiry}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      },
    ],
    ["far too long", async () => "a".repeat(5_000)],
  ];

  it.each(forged)("is refused when %s", async (_, make) => {
    const spike = await createSpike();
    const { status, body } = await buy(spike.id, { userId: "u1", token: await make(spike.id, Date.now()) });
    expect([status, body.code]).toEqual([403, "invalid_spike_token"]);
    expect(await remaining(spike.id)).toBe(10);
  });

  it("works until it expires", async () => {
    const spike = await createSpike();
    const almostExpired = Date.now() - PURCHASE_TOKEN_SECONDS * 1000 + 30_000;
    const { token } = await issuePurchaseToken(env, spike.id, "u1", almostExpired);
    expect((await buy(spike.id, { userId: "u1", token })).status).toBe(202);
  });

  it("is given to nobody who is not signed in, and not for what is no sale", async () => {
    const spike = await createSpike();
    expect((await call(`/api/spikes/${spike.id}/token`, { method: "POST" })).body.code).toBe(
      "unauthenticated",
    );
    const nowhere = await call("/api/spikes/nosuchspike1/token", { method: "POST", headers: await bearer() });
    expect([nowhere.status, nowhere.body.code]).toEqual([404, "not_found"]);
  });

  it("cannot be replayed for more than the limit", async () => {
    const spike = await createSpike({ maxPerUser: 2, stock: 10 });
    const token = await purchaseTokenFor(spike.id, "u1");
    const codes: unknown[] = [];
    for (let i = 0; i < 4; i++) codes.push((await buy(spike.id, { userId: "u1", token })).body.code ?? "won");
    expect(codes.slice(0, 3)).toEqual(["won", "won", "limit_reached"]);
    expect(await remaining(spike.id)).toBe(8);
  });
});

describe("a malformed purchase", () => {
  it.each([
    ["quantity 0", { quantity: 0 }],
    ["a fraction", { quantity: 1.5 }],
    ["a string", { quantity: "1" }],
    ["more than one shopper may have", { quantity: 3 }],
    ["an unknown field", { quantity: 1, price: 0 }],
    ["a list", []],
    ["null", "null"],
    ["broken JSON", "{quantity:"],
    ["a polluting prototype", '{"__proto__":{"quantity":9}}'],
  ])("is refused: %s", async (_, body) => {
    const spike = await createSpike({ maxPerUser: 2 });
    const result = await buy(spike.id, { userId: "u1", body });
    expect([result.status, result.body.code]).toEqual([400, "invalid_request"]);
    expect(await remaining(spike.id)).toBe(10);
  });

  it.each([
    [1, 202],
    [IDEMPOTENCY_KEY_MAX_CHARS, 202],
    [IDEMPOTENCY_KEY_MAX_CHARS + 1, 400],
  ])("an idempotency key of %i characters gives %i", async (length, expected) => {
    const spike = await createSpike();
    const { status, body } = await buy(spike.id, { userId: "u1", key: "k".repeat(length) });
    expect(status).toBe(expected);
    if (expected === 400) expect(body.errors).toMatchObject([{ path: "Idempotency-Key" }]);
  });
});

describe("the address limit", () => {
  const LIMIT = 3;
  const tokenFrom = async (spikeId: string, address: string) =>
    call(`/api/spikes/${spikeId}/token`, {
      method: "POST",
      headers: { ...(await bearer()), "cf-connecting-ip": address },
    });

  it("lets an address ask so often in a window, and no more", async () => {
    const spike = await createSpike();
    await saveSettings(env, {
      ...DEFAULT_SETTINGS,
      addressRequestsPerWindow: LIMIT,
      addressWindowSeconds: 600,
    });
    const statuses: number[] = [];
    for (let i = 0; i < LIMIT + 1; i++) statuses.push((await tokenFrom(spike.id, "203.0.113.7")).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await tokenFrom(spike.id, "203.0.113.8")).status).toBe(200);
    const { body } = await tokenFrom(spike.id, "203.0.113.7");
    expect(body.retryAfter).toBeGreaterThan(0);
    await saveSettings(env, { ...DEFAULT_SETTINGS, addressRequestsPerWindow: 0 });
    expect((await tokenFrom(spike.id, "203.0.113.7")).status).toBe(200);
    await saveSettings(env, DEFAULT_SETTINGS);
  });
});

describe("the blacklist", () => {
  it("bars accounts and addresses until it ends", async () => {
    const spike = await createSpike();
    const now = Date.now();
    const blacklist = new Blacklist(openRedis(env));
    const insert = (kind: "user" | "ip", value: string, expiresAt: number | null) =>
      blacklist.put({ kind, value, reason: "test", expiresAt, createdAt: now, createdBy: "admin" });
    await insert("user", "u-barred", null);
    await insert("user", "u-forgiven", now - 1);
    await insert("ip", "198.51.100.9", now + 60_000);
    forgetBlacklist();
    const ask = async (userId: string, more: Record<string, string> = {}) => {
      const headers = { ...(await bearer({ userId })), ...more };
      const asking = () => call(`/api/spikes/${spike.id}/token`, { method: "POST", headers });
      return (await withoutTimeLimits(asking)).body.code ?? "allowed";
    };
    expect(await ask("u-barred")).toBe("blacklisted");
    expect(await ask("u-forgiven")).toBe("allowed");
    expect(await ask("u-fine", { "cf-connecting-ip": "198.51.100.9" })).toBe("blacklisted");
    expect(await ask("u-fine", { "x-forwarded-for": "198.51.100.9" })).toBe("allowed");
  });
});
