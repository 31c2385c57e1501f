import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { withLedger } from "../../../workers/platform/ledger.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { mayBeKnown } from "../../../workers/spike/known-keys.ts";
import { purchase } from "../../../workers/spike/purchases.ts";
import { issuePurchaseToken } from "../../../workers/spike/purchase-token.ts";
import { call } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";

/** A win that this isolate knows nothing about, as if another one had passed it on. */
async function winElsewhere(spikeId: string, userId: string, key: string) {
  const request = { userId, quantity: 1, key: `client:${key}`, requestId: "elsewhere" };
  const { results } = await withLedger(env, spikeId, (ledger) => ledger.reserve([request]));
  if (!results[0]?.ok) throw new Error(`not reserved: ${JSON.stringify(results)}`);
  return results[0].orderId;
}

describe("a purchase repeated with its key when nothing is left", () => {
  it("gets its order again, through the isolate that sold it", async () => {
    const spike = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(spike.id, "u1");
    const lateToken = await purchaseTokenFor(spike.id, "u2");
    const won = await buy(spike.id, { userId: "u1", token, key: "k1" });
    expect(won.status).toBe(202);
    const late = await buy(spike.id, { userId: "u2", token: lateToken, key: "k2" });
    expect([late.status, late.body.code]).toEqual([409, "sold_out"]);
    const again = await buy(spike.id, { userId: "u1", token, key: "k1" });
    expect([again.status, again.body]).toEqual([202, won.body]);
  });

  it("gets its order again, though nobody may have so many any more", async () => {
    const spike = await createSpike({ maxPerUser: 2 });
    const token = await purchaseTokenFor(spike.id, "u1");
    const attempt = { userId: "u1", token, key: "k1", body: { quantity: 2 } };
    const won = await buy(spike.id, attempt);
    const changes = { headers: await adminBearer(), method: "PATCH", body: { maxPerUser: 1 } };
    expect(await call(`/api/admin/spikes/${spike.id}`, changes)).toMatchObject({ status: 200 });
    const again = await buy(spike.id, attempt);
    expect([again.status, again.body]).toEqual([202, won.body]);
    const other = await buy(spike.id, { userId: "u2", body: { quantity: 2 } });
    expect([other.status, other.body.errors]).toEqual([400, [expect.objectContaining({ path: "quantity" })]]);
  });

  it("gets its order again, through an isolate that has never seen it", async () => {
    const spike = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(spike.id, "u1");
    const orderId = await winElsewhere(spike.id, "u1", "k1");
    await vi.waitFor(async () => {
      const late = await buy(spike.id, { userId: "u2", token: "none", key: "k2" });
      expect([late.status, late.body.code]).toEqual([409, "sold_out"]);
    }, 60_000);
    const again = await buy(spike.id, { userId: "u1", token, key: "k1" });
    expect([again.status, again.body.orderId]).toEqual([202, orderId]);
  });

  it("is known within a second when it won after this isolate had looked", async () => {
    const spike = await createSpike({ stock: 2 });
    await winElsewhere(spike.id, "u1", "k1");
    expect(await mayBeKnown(env, spike.id, "client:k2")).toBe(false);
    await winElsewhere(spike.id, "u2", "k2");
    await vi.waitFor(async () => expect(await mayBeKnown(env, spike.id, "client:k2")).toBe(true), 60_000);
    expect(await mayBeKnown(env, spike.id, "client:k1")).toBe(true);
  });

  it("is known to this isolate as soon as anybody in it knows that it won, though its client has hung up", async () => {
    const spike = await createSpike({ stock: 2 });
    expect(await mayBeKnown(env, spike.id, "client:k1")).toBe(false);
    const wanted = { userId: "u1", quantity: 1, key: "client:k1", requestId: "hung-up" };
    const known: Promise<boolean>[] = [];
    await purchase(env, spike.id, wanted, DEFAULT_SETTINGS, (result) => {
      if (result?.ok) known.push(mayBeKnown(env, spike.id, wanted.key));
    });
    expect(await Promise.all(known)).toEqual([true]);
  });

  it("is no way around the sale's end for a key that won nothing, and one for a key that did", async () => {
    const spike = await createSpike({ stock: 2 });
    const won = await buy(spike.id, { userId: "u1", key: "k1" });
    const ended = { endsAt: new Date(Date.now() + 1).toISOString() };
    const path = `/api/admin/spikes/${spike.id}`;
    const headers = await adminBearer();
    expect((await call(path, { method: "PATCH", headers, body: ended })).status).toBe(200);
    const { token } = await issuePurchaseToken(env, spike.id, "u1", Date.now());
    await vi.waitFor(async () => {
      const late = await buy(spike.id, { userId: "u1", token, key: "k2" });
      expect([late.status, late.body.code]).toEqual([410, "ended"]);
    }, 60_000);
    const again = await buy(spike.id, { userId: "u1", token, key: "k1" });
    expect([again.status, again.body]).toEqual([202, won.body]);
  });

  it("does not tell one user about another's order", async () => {
    const spike = await createSpike({ stock: 1 });
    const otherToken = await purchaseTokenFor(spike.id, "u2");
    await buy(spike.id, { userId: "u1", key: "k1" });
    const other = await buy(spike.id, { userId: "u2", token: otherToken, key: "k1" });
    expect([other.status, other.body.code]).toEqual([409, "sold_out"]);
    const forged = await buy(spike.id, { userId: "u2", token: "forged", key: "k1" });
    expect([forged.status, forged.body.code]).toEqual([403, "invalid_spike_token"]);
  });
});

describe("the keys of a ledger", () => {
  it("come in pages by sequence, each key once, and from where one left off", async () => {
    const spike = await createSpike({ stock: 5 });
    for (const user of ["u1", "u2", "u3"]) await winElsewhere(spike.id, user, user);
    const page = (after: number, limit: number) =>
      withLedger(env, spike.id, (ledger) => ledger.keys(after, limit));
    const first = await page(0, 2);
    expect([first.hashes.length, first.complete]).toEqual([2, false]);
    const second = await page(first.through, 2);
    expect([second.hashes.length, second.complete]).toEqual([1, true]);
    expect(new Set([...first.hashes, ...second.hashes]).size).toBe(3);
    expect(await page(second.through, 2)).toMatchObject({ through: second.through, complete: true });
    expect((await page(0, 3)).complete).toBe(false);
    expect((await page(0, 4)).complete).toBe(true);
  });

  it("are none where there is no sale", async () => {
    const page = await withLedger(env, "nosuchspike1", (ledger) => ledger.keys(0, 10));
    expect([page.hashes.length, page.through, page.complete]).toEqual([0, 0, true]);
  });
});
