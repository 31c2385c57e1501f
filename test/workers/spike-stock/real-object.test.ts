import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import type { SpikeStock } from "../../../durable-objects/spike-stock/spike-stock.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { essenceOf, expectedEssence, Model } from "./model/model.ts";
import { ledgerOf, openSpike, purchase } from "./spikes.ts";
import { PATIENCE } from "../support/patience.ts";

/*
 * The same promises kept by the object itself, its memory really taken away, its events really going
 * through the queue and the consumer into the database.
 */

const LIVES = 6;
const MINUTE_MS = 60_000;

type Act = { user: number; order: number; do: "reserve" | "pay" | "cancel" | "restock" | "evict" | "abort" };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    user: fc.nat({ max: 3 }),
    order: fc.nat({ max: 20 }),
    do: fc.constantFrom("reserve", "reserve", "reserve", "pay", "cancel", "restock", "evict", "abort"),
  }),
  { minLength: 15, maxLength: 30, size: "max" },
);

it(
  "keeps its promises when the object is evicted or dies between any two calls",
  { timeout: 600_000 },
  async () => {
    await fc.assert(fc.asyncProperty(acts, live), { numRuns: LIVES, endOnFailure: true });
  },
);

async function live(acts: Act[]): Promise<void> {
  const { config } = await openSpike({ stock: 5, maxPerUser: 2, holdSeconds: 86_400 });
  const model = new Model(config, config.startsAt);
  for (const act of acts) {
    await perform(act, config.id, model);
    const ledger = ledgerOf(config.id);
    expect(await ledger.view()).toMatchObject(model.view());
    const { orders } = await ledger.orders(0, 100);
    expect(orders.map(timeless)).toEqual(
      model.orders.map((order) => ({ ...expectedEssence(order), payBefore: 0 })),
    );
  }
  await vi.waitFor(
    async () => expect(await ledgerOf(config.id).view()).toMatchObject({ unrecorded: 0 }),
    PATIENCE,
  );
  expect(await databaseOf(config.id)).toEqual(
    model.orders.map((order) => [order.orderId, order.history.at(-1)]),
  );
}

async function perform(act: Act, spikeId: string, model: Model): Promise<void> {
  const ledger = ledgerOf(spikeId);
  const order = model.orders[act.order % (model.orders.length || 1)];
  switch (act.do) {
    case "reserve": {
      const request = purchase(`user${act.user}`, { key: `key${act.order % 4}` });
      const { results } = await ledger.reserve([request]);
      const [result] = results;
      const expected = model.reserve(request, () => (result?.ok ? result.orderId : "a reservation"));
      if (result?.ok && expected.ok) expect(result.orderId).toBe(expected.orderId);
      else expect(result).toEqual(expected);
      return;
    }
    case "pay":
      if (order) {
        const { ok } = await ledger.pay(order.orderId, order.userId, "p", 1);
        expect(ok).toBe(model.pay(order, "p", 1));
      }
      return;
    case "cancel":
      if (order) expect((await ledger.cancel(order.orderId, order.userId)).ok).toBe(model.cancel(order));
      return;
    case "restock":
      model.restock(1, `operation${act.user}`);
      await ledger.restock(1, `operation${act.user}`);
      return;
    case "evict":
      return evictDurableObject(ledger);
    case "abort":
      return abortAllDurableObjects();
  }
}

it("records an order whose event was lost with the object that committed it", async () => {
  const { config, ledger } = await openSpike();
  const orderId = await runInDurableObject(ledger, (_, { storage }) => {
    // A life of the object that ends between the commit and the send, a minute ago.
    const lost = new Ledger({
      storage,
      now: () => Date.now() - MINUTE_MS,
      newNonce: () => "nonce",
      random: () => 0.5,
      send: () => {},
      tell: () => {},
    });
    const [result] = lost.reserve([purchase("alice")]).results;
    return result?.ok ? result.orderId : null;
  });
  await abortAllDurableObjects();
  const reborn = ledgerOf(config.id);
  await runDurableObjectAlarm(reborn);
  await vi.waitFor(async () => expect(await reborn.view()).toMatchObject({ unrecorded: 0 }), PATIENCE);
  expect(await databaseOf(config.id)).toEqual([[orderId, "reserved"]]);
});

it("sets a lost alarm again with the first sign of life", async () => {
  const { config, ledger } = await openSpike();
  await ledger.reserve([purchase("alice")]);
  await runInDurableObject(ledger, (_, { storage }) => storage.deleteAlarm());
  await evictDurableObject(ledger);
  const reborn = ledgerOf(config.id);
  await reborn.status();
  expect(await runInDurableObject(reborn, (_, { storage }) => storage.getAlarm())).not.toBeNull();
});

it("tries an alarm that failed again", async () => {
  const { ledger } = await openSpike();
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const again = await runInDurableObject(ledger, async (instance: SpikeStock, { storage }) => {
    storage.sql.exec("INSERT INTO alarms VALUES ('expiry', 1)");
    storage.sql.exec("ALTER TABLE stock RENAME TO elsewhere");
    const before = Date.now();
    await instance.alarm();
    storage.sql.exec("ALTER TABLE elsewhere RENAME TO stock");
    return ((await storage.getAlarm()) ?? 0) - before;
  });
  expect(again).toBeGreaterThan(0);
  expect(error).toHaveBeenCalledWith(expect.stringContaining("ledger_alarm_failed"));
  vi.restoreAllMocks();
});

function timeless(order: OrderSnapshot) {
  return { ...essenceOf(order), payBefore: 0 };
}

/** The database's orders of a spike with their states, in order of sale. */
async function databaseOf(spikeId: string): Promise<string[][]> {
  const rows = env.DB.prepare("SELECT id, state FROM orders WHERE spike_id = ?").bind(spikeId);
  const { results } = await rows.all<{ id: string; state: string }>();
  const sequence = (id: string) => Number.parseInt(id.split("-")[1] ?? "", 36);
  return results
    .toSorted((one, other) => sequence(one.id) - sequence(other.id))
    .map(({ id, state }) => [id, state]);
}
