import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  RESTORE_QUIET_MS,
  RESTORE_SEQUENCE_GAP,
  RESTORE_VERSION_STEP,
} from "../../../durable-objects/spike-stock/restoration.ts";
import { knownUnits } from "../../../workers/admin/restoration/known-units.ts";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import { parseOrderId } from "../../../workers/shared/ids.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { readSpike } from "../../../workers/spike/spike-rows.ts";
import { openSale, type TestSale } from "../order/sale.ts";
import { ledgerOf, purchase } from "../spike-stock/spikes.ts";
import { call } from "../support/http.ts";
import { adminBearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";
import { PATIENCE } from "../support/patience.ts";

const store = openOrderStore(env);

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const path = (spikeId: string) => `/api/admin/spikes/${spikeId}/ledger/restoration`;
const assess = async (spikeId: string) => (await call(path(spikeId), { headers: admin })).body;
const restore = (spikeId: string, body: Record<string, unknown> = {}) =>
  call(path(spikeId), { headers: admin, body: { confirm: spikeId, ...body } });
const operate = (spikeId: string, verb: string, body?: unknown) =>
  call(`/api/admin/spikes/${spikeId}/${verb}`, { method: "POST", headers: admin, body });

/** Takes everything the object has away from it, as a lost disk would. */
async function lose(spikeId: string): Promise<void> {
  await runInDurableObject(ledgerOf(spikeId), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(ledgerOf(spikeId));
}

/** Lets the time pass for which the orders must not change. */
const wait = (spikeId: string) =>
  runInDurableObject(ledgerOf(spikeId), (_, { storage }) => {
    storage.sql.exec("UPDATE restores SET still_since = still_since - ?", RESTORE_QUIET_MS);
  });

interface LostSale extends TestSale {
  /** As the database has them: paid, cancelled, and two reserved. */
  orders: OrderSnapshot[];
  paidKey: string;
}

async function lostSale(): Promise<LostSale> {
  const sale = await openSale({ stock: 10, maxPerUser: 1, holdSeconds: 86_400 });
  const requests = ["paid", "cancelled", "waiting", "walked"].map((userId) => purchase(userId));
  const { results } = await sale.ledger.reserve(requests);
  const [paid = "", cancelled = ""] = results.map((result) => (result.ok ? result.orderId : ""));
  await sale.ledger.pay(paid, "paid", "payment", 1);
  await sale.ledger.cancel(cancelled, "cancelled");
  await vi.waitFor(async () => expect(await sale.ledger.view()).toMatchObject({ unrecorded: 0 }), PATIENCE);
  await lose(sale.spikeId);
  const { orders } = await store.page({ spikeId: sale.spikeId }, null, 10);
  return { ...sale, orders, paidKey: requests[0]?.key ?? "" };
}

/** From the first call to the last. */
async function restoreFully(spikeId: string, body: Record<string, unknown> = { unpaid: "expire" }) {
  const begun = await restore(spikeId, body);
  expect(begun).toMatchObject({ status: 200, body: { state: "waiting" } });
  await wait(spikeId);
  return await restore(spikeId, { ...body, restore: begun.body.restore as string });
}

describe("restoring a lost ledger", () => {
  it("brings back what is paid, paused and with nothing for sale, and the database follows", async () => {
    const { spikeId, orders } = await lostSale();
    expect(await assess(spikeId)).toMatchObject({
      ...{ condition: "lost", units: 10, deadLetters: 0, obstacles: ["unpaid"] },
      orders: { reserved: 2, paid: 1, cancelled: 1, expired: 0 },
    });
    const done = await restoreFully(spikeId);
    const ledger = { orders: 4, sold: 1, expired: 2, missing: 0 };
    expect(done).toMatchObject({ status: 200, body: { state: "done", ledger } });
    expect(await ledgerOf(spikeId).view()).toMatchObject({
      ...{ total: 1, available: 0, held: 0, sold: 1, returned: 3, scheduled: 0, paused: true },
      orders: { reserved: 0, paid: 1, cancelled: 1, expired: 2 },
    });
    // What restoring changed is sent to the database, newer than anything the lost ledger can have sent.
    await vi.waitFor(
      async () => expect(await ledgerOf(spikeId).view()).toMatchObject({ unrecorded: 0 }),
      PATIENCE,
    );
    const after = await store.findMany(orders.map(({ orderId }) => orderId));
    for (const { orderId, state, version } of orders) {
      const now = after.find((order) => order.orderId === orderId);
      const isOpen = state === "reserved";
      expect(now).toMatchObject({
        state: isOpen ? "expired" : state,
        version: isOpen ? version + RESTORE_VERSION_STEP : version,
      });
    }
    const report = await call(`/api/admin/spikes/${spikeId}/reconciliation`, { headers: admin });
    expect(report.body).toMatchObject({ matches: true, found: { onTheWay: 0 } });
    expect((await trailOf(spikeId)).map(({ action, details }) => [action, details])).toMatchObject([
      ["ledger.restore", { unpaid: "expire", units: 10 }],
      ["ledger.restored", ledger],
    ]);
  });

  it("sells again only what an admin puts on sale, to nobody above the limit, under new numbers", async () => {
    const { spikeId, paidKey } = await lostSale();
    await restoreFully(spikeId);
    const ask = async (userId: string, key = crypto.randomUUID()) =>
      (await ledgerOf(spikeId).reserve([purchase(userId, { key })])).results[0];
    expect(await ask("newcomer")).toMatchObject({ ok: false, code: "paused" });
    await operate(spikeId, "resume");
    expect(await ask("newcomer")).toMatchObject({ ok: false, code: "sold_out" });
    await operate(spikeId, "restock", { quantity: 2 });
    // The key of the lost purchase is lost, the order is not.
    expect(await ask("paid", paidKey)).toMatchObject({ ok: false, code: "limit_reached" });
    const sold = await ask("newcomer");
    expect(sold).toMatchObject({ ok: true });
    const { sequence = 0 } = parseOrderId(sold?.ok ? sold.orderId : "") ?? {};
    expect(sequence).toBe(4 + RESTORE_SEQUENCE_GAP + 1);
    expect(await ledgerOf(spikeId).view()).toMatchObject({ total: 3, available: 1, held: 1, sold: 1 });
  });

  it("keeps a late order of the lost ledger when the database is repaired", async () => {
    const { spikeId, orders } = await lostSale();
    await restoreFully(spikeId);
    const late = { ...(orders[0] as OrderSnapshot), orderId: `${spikeId}-9-latecomer`, userId: "late" };
    await store.upsert([late]);
    const repair = await call(`/api/admin/spikes/${spikeId}/reconciliation`, { headers: admin, body: {} });
    expect(repair.body).toMatchObject({ found: { extra: 1 }, kept: 1 });
    expect(await store.findMany([late.orderId])).toEqual([late]);
  });

  it("tells how many numbers have no order", async () => {
    const { spikeId, orders } = await lostSale();
    const third = orders.find(({ orderId }) => parseOrderId(orderId)?.sequence === 3);
    await env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(third?.orderId).run();
    expect((await restoreFully(spikeId)).body).toMatchObject({
      ledger: { orders: 3, missing: 1, expired: 1 },
    });
  });
});

describe("a restoration under way", () => {
  it("sells nothing, takes no configuration, and survives the object's death at every step", async () => {
    const { spikeId, orders } = await lostSale();
    const halves = [orders.slice(0, 2), orders.slice(2)] as const;
    for (const [at, half] of halves.entries()) {
      expect(await ledgerOf(spikeId).restorePage("r1", half, at === 0)).toMatchObject({ ok: true });
      // The same page again, because its answer was lost with the object.
      await abortAllDurableObjects();
      expect(await ledgerOf(spikeId).restorePage("r1", half, false)).toMatchObject({ ok: true });
      await abortAllDurableObjects();
      expect(await ledgerOf(spikeId).condition()).toBe("restoring");
      expect((await ledgerOf(spikeId).reserve([purchase("somebody")])).results).toMatchObject([
        { ok: false, code: "not_found" },
      ]);
    }
    const { body } = await call(path(spikeId), { headers: admin });
    expect(body).toMatchObject({ condition: "restoring" });
    await wait(spikeId);
    const last = await restore(spikeId, { restore: "r1", unpaid: "expire" });
    expect(last.body).toMatchObject({ state: "done" });
    await abortAllDurableObjects();
    // The answer was lost: asking again gives the same, and changes nothing.
    expect((await restore(spikeId, { restore: "r1", unpaid: "expire" })).body).toEqual(last.body);
    expect((await trailOf(spikeId)).filter(({ action }) => action === "ledger.restored")).toHaveLength(1);
    expect(await ledgerOf(spikeId).view()).toMatchObject({ total: 1, sold: 1, available: 0 });
  });

  it("waits anew when an order changes while it is watched", async () => {
    const { spikeId, orders } = await lostSale();
    const begun = await restore(spikeId, { unpaid: "expire" });
    await wait(spikeId);
    const [order] = orders as [OrderSnapshot];
    await store.upsert([{ ...order, version: order.version + 1 }]);
    const { restore: id } = begun.body as { restore: string };
    expect((await restore(spikeId, { unpaid: "expire", restore: id })).body).toMatchObject({
      state: "waiting",
    });
    await wait(spikeId);
    expect((await restore(spikeId, { unpaid: "expire", restore: id })).body).toMatchObject({ state: "done" });
  });

  it("begins anew when the database has lost an order, or somebody else has begun", async () => {
    const { spikeId, orders } = await lostSale();
    const { restore: first } = (await restore(spikeId, { unpaid: "expire" })).body as { restore: string };
    await env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(orders[0]?.orderId).run();
    await wait(spikeId);
    expect(await restore(spikeId, { unpaid: "expire", restore: first })).toMatchObject({
      ...{ status: 409, body: { detail: expect.stringContaining("changed meanwhile") } },
    });
    await restore(spikeId, { unpaid: "expire" });
    expect(await ledgerOf(spikeId).restorePage(first, orders, false)).toEqual({
      ok: false,
      code: "other_restore",
    });
    expect((await restoreFully(spikeId)).body).toMatchObject({ state: "done", ledger: { orders: 3 } });
  });

  it("brings back a hundred thousand orders, a thousand at a time", { timeout: 600_000 }, async () => {
    const { spikeId } = await lostSale();
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 100009)
          INSERT INTO orders SELECT ?1 || '-1' || i || '-nonce', ?1, 'Title', 'user' || i, 1, 1999, 'EUR', 'paid', 2,
            1, i, i FROM n`,
    )
      .bind(spikeId)
      .run();
    let body: Record<string, unknown> = { unpaid: "expire", stock: 200_000 };
    let answer = await restore(spikeId, body);
    for (let calls = 0; answer.body.state !== "done" && calls < 100; calls++) {
      expect(answer.status).toBe(200);
      if (answer.body.state === "waiting") await wait(spikeId);
      const { restore: id, cursor } = answer.body as { restore: string; cursor?: string };
      body = { unpaid: "expire", stock: 200_000, restore: id, ...(cursor !== undefined && { cursor }) };
      answer = await restore(spikeId, body);
    }
    expect(answer.body).toMatchObject({
      state: "done",
      ledger: { orders: 100_004, sold: 100_001, expired: 2 },
    });
    expect(await ledgerOf(spikeId).view()).toMatchObject({ total: 100_001, sold: 100_001, available: 0 });
  });
});

describe("what is not restored", () => {
  const refused = (detail: string) => ({
    status: 409,
    body: { code: "order_state", detail: expect.stringContaining(detail) },
  });

  it("is a ledger that is there, erased, or not there at all", async () => {
    const sale = await openSale();
    expect(await restore(sale.spikeId)).toMatchObject(refused("is there"));
    await sale.ledger.erase();
    expect(await restore(sale.spikeId)).toMatchObject(refused("erased"));
    expect(await restore("nosuchspike0")).toMatchObject({ status: 404 });
    expect(await restore(sale.spikeId, { confirm: "another" })).toMatchObject({ status: 400 });
  });

  it("is one with unpaid reservations nobody has looked after, or with dead letters", async () => {
    const { spikeId } = await lostSale();
    expect(await restore(spikeId)).toMatchObject(refused("unpaid"));
    await env.DB.prepare(
      "INSERT INTO dead_letters (id, queue, body, reason, attempts, created_at, spike_id) VALUES (?1, 'q', '{}', 'r', 1, 1, ?1)",
    )
      .bind(spikeId)
      .run();
    expect((await assess(spikeId)).obstacles).toEqual(["dead_letters", "unpaid"]);
    expect(await restore(spikeId, { unpaid: "expire" })).toMatchObject(refused("dead letters"));
  });

  it("is one of which more is sold than there is known to be", async () => {
    const { spikeId, orders } = await lostSale();
    const paid = orders.find(({ state }) => state === "paid");
    await env.DB.prepare("UPDATE orders SET quantity = 11 WHERE id = ?").bind(paid?.orderId).run();
    expect(await restore(spikeId, { unpaid: "expire" })).toMatchObject(refused("More units are paid"));
    expect(await restoreFully(spikeId, { unpaid: "expire", stock: 11 })).toMatchObject({
      body: { state: "done" },
    });
  });

  it("is one whose database has orders that cannot be", async () => {
    const { spikeId, orders } = await lostSale();
    const [order] = orders as [OrderSnapshot];
    await store.upsert([{ ...order, orderId: order.orderId.replace(/[^-]+$/, "twin0") }]);
    expect(await restore(spikeId, { unpaid: "expire" })).toMatchObject(refused("two orders with one number"));
    await store.upsert([{ ...order, orderId: "another-1-nonce" }]);
    expect(await restore(spikeId, { unpaid: "expire" })).toMatchObject(refused("another-1-nonce"));
  });
});

it("knows of restocks and of waves that have come from the trail", async () => {
  const sale = await openSale({ stock: 5 });
  for (const _ of [1, 2]) await operate(sale.spikeId, "restock", { quantity: 3 });
  const wave = { at: new Date(Date.now() + 600_000).toISOString(), quantity: 7 };
  expect(await operate(sale.spikeId, "waves", { waves: [wave] })).toMatchObject({ status: 200 });
  expect(await assess(sale.spikeId)).toMatchObject({ units: 11, obstacles: ["not_lost"] });
  const spike = await readSpike(env, sale.spikeId);
  if (!spike) throw new Error("the sale is gone");
  const known = (now: number) => knownUnits(env, spike, now);
  expect([await known(Date.parse(wave.at) - 1), await known(Date.parse(wave.at))]).toEqual([11, 18]);
});

it("lists sales whose ledger is lost, which nothing else shows", async () => {
  const { spikeId } = await lostSale();
  expect(await call(`/api/admin/spikes/${spikeId}`, { headers: admin })).toMatchObject({ status: 404 });
  const { body } = await call("/api/admin/lost-ledgers", { headers: admin });
  expect(body.sales).toContainEqual(expect.objectContaining({ id: spikeId }));
});
