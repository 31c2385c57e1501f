import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { RESTORE_QUIET_MS } from "../../../durable-objects/spike-stock/restoration.ts";
import { withEveryLedger, withLedgerAt } from "../../../workers/platform/ledger.ts";
import { viewLedgers } from "../../../workers/platform/sale-ledgers.ts";
import { ledgerName } from "../../../workers/shared/stripes.ts";
import { ledgerOf } from "../spike-stock/spikes.ts";
import { reserve, userOf } from "../spike-stock/striped-sale.ts";
import { call } from "../support/http.ts";
import { createSpike } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";
import { PATIENCE } from "../support/patience.ts";

/* Ledgers of sales with one and with several ledgers, lost and brought back. */

const STOCK = 24;

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const path = (id: string) => `/api/admin/spikes/${id}/ledger/restoration`;
const restore = (id: string, body: Record<string, unknown> = {}) =>
  call(path(id), { headers: admin, body: { confirm: id, unpaid: "expire", ...body } });
const operate = (id: string, verb: string, body?: unknown) =>
  call(`/api/admin/spikes/${id}/${verb}`, { method: "POST", headers: admin, body });
const objectOf = (spikeId: string, stripe: number) => ledgerOf(ledgerName({ spikeId, stripe }));

/** Somebody new of this ledger asks for a unit and pays; the order's id, or why not. */
async function buy(id: string, stripe: number): Promise<string> {
  const userId = userOf(id, stripe);
  const result = await reserve(id, userId);
  if (!result.ok) return result.code;
  await withLedgerAt(env, { spikeId: id, stripe }, (ledger) =>
    ledger.pay(result.orderId, userId, `payment of ${userId}`, 1),
  );
  return result.orderId;
}

/**
 * Sells so many units to people of these ledgers, and then there are no more anywhere. A ledger goes for a moment by what
 * the others had when it last asked, so "sold out" may come early, and is asked again.
 */
async function sellOut(id: string, stripes: number[], units: number): Promise<void> {
  let sold = 0;
  await vi.waitFor(async () => {
    for (const stripe of stripes) {
      while ((await buy(id, stripe)).startsWith(`${id}-`)) sold++;
    }
    expect(sold).toBeGreaterThanOrEqual(units);
  }, PATIENCE);
  expect(sold).toBe(units);
  for (const stripe of stripes) expect(await buy(id, stripe)).toBe("sold_out");
}

const untilRecorded = (id: string) =>
  vi.waitFor(async () => {
    const views = await withEveryLedger(env, id, (ledger) => ledger.view());
    expect(views.every(({ unrecorded }) => unrecorded === 0)).toBe(true);
  }, PATIENCE);

/** Takes everything the object has away from it, as a lost disk would. */
async function lose(spikeId: string, stripe: number): Promise<void> {
  await runInDurableObject(objectOf(spikeId, stripe), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(objectOf(spikeId, stripe));
}

/** From the first call to the last, with the time passed for which the orders must not change. */
async function restoreFully(id: string, stripe: number, body: Record<string, unknown> = {}) {
  const begun = await restore(id, body);
  expect(begun).toMatchObject({ status: 200, body: { state: "waiting" } });
  await runInDurableObject(objectOf(id, stripe), (_, { storage }) => {
    storage.sql.exec("UPDATE restores SET still_since = still_since - ?", RESTORE_QUIET_MS);
  });
  const last = { ...body, restore: begun.body.restore };
  const done = await restore(id, last);
  // The answer was lost: asking again gives the same, and changes nothing.
  if (done.status === 200) expect((await restore(id, last)).body).toEqual(done.body);
  return done;
}

describe.each([1, 2, 8])("a sale with %i ledgers", (stripes) => {
  /** The last ledger has sold its own units and some of the others', and still has one of them. */
  async function saleWithLoss() {
    const { id } = await createSpike({ stock: STOCK, stripes, maxPerUser: 5 });
    const lost = stripes - 1;
    const own = STOCK / stripes;
    for (let n = 0; n < own + (stripes > 1 ? 1 : 0); n++) expect(await buy(id, lost)).toMatch(`${id}-`);
    await untilRecorded(id);
    const { sold, total } = await objectOf(id, lost).view();
    await lose(id, lost);
    return { id, lost, sold, elsewhere: STOCK - total };
  }

  it("gets a lost ledger back with what it sold, and never sells what it had been given", async () => {
    const { id, lost, sold, elsewhere } = await saleWithLoss();
    const assessment = (await call(path(id), { headers: admin })).body;
    expect(assessment).toMatchObject({
      ...{ stripe: lost, lost: 1, condition: "lost", units: STOCK, obstacles: [] },
      orders: { paid: sold },
    });
    const done = await restoreFully(id, lost);
    expect(done.body).toMatchObject({ state: "done", ledger: { orders: sold, sold, missing: 0 } });
    expect(await objectOf(id, lost).view()).toMatchObject({ total: sold, sold, available: 0, paused: true });
    // The units it had and did not sell are lost; no other has gone twice.
    expect(await viewLedgers(env, id)).toMatchObject({ total: elsewhere + sold, sold, available: elsewhere });
    expect(await operate(id, "resume")).toMatchObject({ status: 200 });
    const everywhere = Array.from({ length: stripes }, (_, stripe) => stripe);
    await sellOut(id, everywhere, elsewhere);
    // Units move to it and away from it as before.
    expect(await operate(id, "restock", { quantity: 3 * stripes })).toMatchObject({ status: 200 });
    await sellOut(id, [lost], 3 * stripes);
    await untilRecorded(id);
    const report = await call(`/api/admin/spikes/${id}/reconciliation`, { headers: admin });
    expect(report.body).toMatchObject({ matches: true });
    expect(await viewLedgers(env, id)).toMatchObject({ available: 0, sold: sold + elsewhere + 3 * stripes });
  });

  it("is refused a restoration with which more would be sold than there is", async () => {
    const { id, lost, elsewhere } = await saleWithLoss();
    await env.DB.prepare(
      "UPDATE orders SET quantity = ?1 WHERE id = (SELECT MAX(id) FROM orders WHERE spike_id = ?2)",
    )
      .bind(STOCK - elsewhere + 1, id)
      .run();
    expect(await restore(id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("More units are paid") },
    });
    expect(await objectOf(id, lost).condition()).toBe("restoring");
    expect(await restoreFully(id, lost, { stock: STOCK * 3 })).toMatchObject({ body: { state: "done" } });
  });
});

it("brings back two lost ledgers, one after the other, and waits for one that cannot be heard", async () => {
  const { id } = await createSpike({ stock: STOCK, stripes: 3, maxPerUser: 5 });
  const [first, second, third] = [
    await sellSome(id, 0, 9),
    await sellSome(id, 1, 9),
    await sellSome(id, 2, 2),
  ];
  await untilRecorded(id);
  for (const stripe of [0, 2]) await lose(id, stripe);
  const begun = await restore(id);
  expect(begun.body).toMatchObject({ state: "waiting" });
  await runInDurableObject(objectOf(id, 0), (_, { storage }) => {
    storage.sql.exec("UPDATE restores SET still_since = still_since - ?", RESTORE_QUIET_MS);
  });
  await runInDurableObject(objectOf(id, 1), (object) => {
    Object.assign(object, { status: () => Promise.reject(new Error("away")) });
  });
  expect(await restore(id, { restore: begun.body.restore })).toMatchObject({
    ...{ status: 503, body: { code: "overloaded" } },
  });
  expect(await objectOf(id, 0).condition()).toBe("restoring");
  await evictDurableObject(objectOf(id, 1));
  expect((await restore(id, { restore: begun.body.restore })).body).toMatchObject({
    ledger: { sold: first },
  });
  expect((await call(path(id), { headers: admin })).body).toMatchObject({ stripe: 2, lost: 1 });
  expect((await restoreFully(id, 2)).body).toMatchObject({ state: "done", ledger: { sold: third } });
  expect((await call(path(id), { headers: admin })).body).toMatchObject({ lost: 0, obstacles: ["not_lost"] });
  await operate(id, "resume");
  // Units of the two that were lost are gone, at most what they were given in the beginning.
  const { available } = await viewLedgers(env, id);
  expect(first + second + third + available).toBeLessThanOrEqual(STOCK);
  await sellOut(id, [0, 1, 2], available);
});

/** Sells so many units to people of this ledger; how many it were. */
async function sellSome(id: string, stripe: number, units: number): Promise<number> {
  for (let n = 0; n < units; n++) expect(await buy(id, stripe)).toMatch(`${id}-`);
  return units;
}
