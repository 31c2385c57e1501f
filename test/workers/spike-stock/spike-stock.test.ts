import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import type { ReserveResult } from "../../../durable-objects/spike-stock/messages.ts";
import type { SpikeStock } from "../../../durable-objects/spike-stock/spike-stock.ts";
import { parseOrderId } from "../../../workers/shared/ids.ts";
import { holdBackEvents, ledgerOf, openSpike, purchase } from "./spikes.ts";

afterEach(() => void vi.restoreAllMocks());

it("reserves, and answers a retry the same after its memory is gone", async () => {
  const { config, ledger } = await openSpike({ stock: 1 });
  const request = purchase("alice");
  const first = await ledger.reserve([request, purchase("bob")]);
  expect(first.results[1]).toEqual({ ok: false, code: "sold_out" });
  const [won] = first.results;
  if (!won?.ok) throw new Error("alice should have won");
  expect(parseOrderId(won.orderId)?.spikeId).toBe(config.id);
  expect(first.status).toEqual({ available: 0, total: 1, paused: false, configVersion: 1 });

  await evictDurableObject(ledger);
  expect((await ledger.reserve([request])).results).toEqual([won]);
  expect(await ledger.view()).toMatchObject({ total: 1, available: 0, held: 1, orders: { reserved: 1 } });
});

it("takes calls that come together in one transaction, each with its own answers and its own failure", async () => {
  const { ledger } = await openSpike({ stock: 3, maxPerUser: 1 });
  const call = (...users: string[]) => users.map((user) => purchase(user));
  const nothing = purchase("frank", { quantity: 0 });
  const told = await runInDurableObject(ledger, async (object: SpikeStock, { storage }) => {
    const transactions = vi.spyOn(storage, "transactionSync");
    const together = await Promise.all([
      object.reserve(call("alice", "bob")),
      object.reserve(call("bob", "carol", "dave")),
    ]);
    expect(transactions).toHaveBeenCalledTimes(1);
    const apart = await Promise.allSettled([object.reserve(call("erin")), object.reserve([nothing])]);
    return { answers: together.map(({ results }) => results.map(codeOf)), apart };
  });
  expect(told.answers).toEqual([
    ["won", "won"],
    ["limit_reached", "won", "sold_out"],
  ]);
  expect(told.apart).toMatchObject([
    { value: { results: [{ code: "sold_out" }] } },
    { reason: { message: "not a quantity: 0" } },
  ]);
  expect(await ledger.view()).toMatchObject({ total: 3, available: 0, held: 3, orders: { reserved: 3 } });
});

it("shows an order to its owner only", async () => {
  holdBackEvents();
  const { ledger } = await openSpike();
  const { results } = await ledger.reserve([purchase("alice")]);
  const orderId = results[0]?.ok ? results[0].orderId : "";
  const forged = orderId.slice(0, -1) + (orderId.endsWith("0") ? "1" : "0");
  const found = await ledger.lookup([
    { orderId, userId: "alice" },
    { orderId, userId: "bob" },
    { orderId: forged, userId: "alice" },
    { orderId: "not an id", userId: "alice" },
  ]);
  expect(found).toEqual([
    {
      order: expect.objectContaining({ orderId, userId: "alice", state: "reserved", version: 1 }),
      recorded: false,
    },
    null,
    null,
    null,
  ]);
});

it("stores nothing for an id that was never configured", async () => {
  const ledger = ledgerOf("nosuchspike");
  expect(await ledger.status()).toEqual({ available: 0, total: 0, paused: false, configVersion: 0 });
  expect((await ledger.reserve([purchase("alice")])).results).toEqual([{ ok: false, code: "not_found" }]);
  expect(await ledger.pay("nosuchspike-1-abcdefgh", "alice", "p", 1)).toEqual({
    ok: false,
    code: "not_found",
  });
  expect(await ledger.orders(0, 10)).toEqual({ orders: [], next: null });
  const tables = await runInDurableObject(ledger, (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
  );
  expect(tables).toEqual([]);
});

it("expires unpaid orders by alarm and puts their units back on sale", async () => {
  const { ledger } = await openSpike({ stock: 1 });
  await ledger.reserve([purchase("alice")]);
  await runInDurableObject(ledger, (_, { storage }) => {
    storage.sql.exec("UPDATE orders SET pay_before = 1");
    storage.sql.exec("UPDATE alarms SET due_at = 1");
  });
  expect(await runDurableObjectAlarm(ledger)).toBe(true);
  expect(await ledger.view()).toMatchObject({
    ...{ total: 1, available: 1, held: 0, sold: 0, returned: 1 },
    orders: { reserved: 0, paid: 0, cancelled: 0, expired: 1 },
  });
});

it("pays, cancels, restocks and forgets for good", async () => {
  holdBackEvents();
  const { config, ledger } = await openSpike({ stock: 2 });
  const { results } = await ledger.reserve([purchase("alice"), purchase("bob")]);
  const [alices, bobs] = results.map((result) => (result.ok ? result.orderId : ""));
  expect(await ledger.pay(alices ?? "", "alice", "p1", 1)).toMatchObject({
    ok: true,
    order: { state: "paid" },
  });
  expect(await ledger.cancel(bobs ?? "", "bob")).toMatchObject({ ok: true, order: { state: "cancelled" } });
  for (const again of [false, true]) {
    const restocked = await ledger.restock(5, "operation-1");
    expect(restocked, `again: ${again}`).toMatchObject({ view: { total: 7, available: 6, sold: 1 } });
  }
  expect(await ledger.restock(6, "operation-1")).toEqual({ ok: false, code: "idempotency_conflict" });
  expect(await ledger.view()).toMatchObject({ unrecorded: 2 });
  expect(await ledger.erase()).toBe(false);
  const all = (await ledger.orders(0, 10)).orders;
  await ledger.recorded(all.map(({ orderId, version }) => ({ orderId, version })));
  expect(await ledger.view()).toMatchObject({ unrecorded: 0 });
  expect(await ledger.erase()).toBe(true);
  expect(await ledger.status()).toMatchObject({ configVersion: 0 });
  // Whoever read the spike before it was deleted does not bring it back, not even after an eviction.
  expect(await ledger.configure({ ...config, version: 2 })).toMatchObject({ total: 0, configVersion: 0 });
  await evictDurableObject(ledger);
  expect(await ledger.configure({ ...config, version: 2 })).toMatchObject({ total: 0, configVersion: 0 });
  expect((await ledger.reserve([purchase("carol")])).results).toEqual([{ ok: false, code: "not_found" }]);
  expect(await ledger.erase()).toBe(true);
  expect(await runInDurableObject(ledger, (_, { storage }) => storage.getAlarm())).toBeNull();
});

const codeOf = (result: ReserveResult): string => (result.ok ? "won" : result.code);
