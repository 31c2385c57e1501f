import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { announcingStore, forgetRecipients } from "../../../workers/order/webhooks/announce.ts";
import { d1OrderStore } from "../../../workers/order/store/d1-order-store.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { sampleOrder } from "../order/samples.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { openEndpoint } from "./endpoint.ts";

const NOW = Date.now();
const recorded: OrderSnapshot[][] = [];
const inner = { upsert: async (orders: OrderSnapshot[]) => void recorded.push(orders) };
const store = (from: Env = env) => announcingStore(from, inner, () => NOW);

interface Row {
  subject: string;
  version: number;
  event_type: string;
  payload: string;
  state: string;
}

const deliveriesTo = async (endpointId: string) =>
  (
    await env.DB.prepare("SELECT * FROM webhook_deliveries WHERE endpoint_id = ? ORDER BY subject, version")
      .bind(endpointId)
      .all<Row>()
  ).results;

beforeEach(() => {
  // Nothing here is about sending.
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("there is no network"));
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  recorded.length = 0;
  await env.DB.batch([
    env.DB.prepare("DELETE FROM webhook_endpoints"),
    env.DB.prepare("DELETE FROM webhook_deliveries"),
  ]);
  forgetRecipients();
});

describe("without endpoints", () => {
  it("orders are recorded and nothing else is asked of the database", async () => {
    const { env: counting, statements } = observedDatabase();
    await store(counting).upsert([sampleOrder(1)]);
    const afterTheFirst = statements();
    await store(counting).upsert([sampleOrder(2)]);
    expect(recorded).toHaveLength(2);
    expect(afterTheFirst).toBe(1);
    expect(statements()).toBe(afterTheFirst);
  });
});

describe("with an endpoint", () => {
  it("each event that it wants is written down once, as the whole order", async () => {
    const all = await openEndpoint();
    const paidOnly = await openEndpoint(["order.paid"]);
    const orders = [sampleOrder(1), sampleOrder(2, { state: "paid", version: 2 })];
    for (let delivery = 0; delivery < 2; delivery++) await store().upsert(orders);
    const rows = await deliveriesTo(all.id);
    expect(rows).toMatchObject([
      { subject: "sample-1-nonce", version: 1, event_type: "order.reserved", state: "pending" },
      { subject: "sample-2-nonce", version: 2, event_type: "order.paid", state: "pending" },
    ]);
    expect(JSON.parse(rows[1]?.payload ?? "")).toEqual({
      type: "order.paid",
      timestamp: "2026-11-11T00:00:00.002Z",
      data: {
        ...{ id: "sample-2-nonce", spikeId: "sample", spikeTitle: "Sample phone", userId: "u1", quantity: 1 },
        ...{ amountMinor: 19900, currency: "EUR", state: "paid", version: 2 },
        ...{ payBefore: "2026-11-11T00:05:00.000Z", createdAt: "2026-11-11T00:00:00.002Z" },
        updatedAt: "2026-11-11T00:00:00.002Z",
      },
    });
    expect(await deliveriesTo(paidOnly.id)).toMatchObject([{ subject: "sample-2-nonce" }]);
  });

  it("an event that a newer one has overtaken is not told afterwards", async () => {
    const { id } = await openEndpoint();
    await store().upsert([sampleOrder(1, { state: "paid", version: 2 })]);
    await store().upsert([sampleOrder(1)]);
    expect(await deliveriesTo(id)).toMatchObject([{ version: 2 }]);
  });

  it("a batch as large as a queue delivers is written down whole", async () => {
    const { id } = await openEndpoint();
    await store().upsert(
      Array.from({ length: 2_500 }, (_, n) => sampleOrder(n + 1, { spikeTitle: "茶".repeat(200) })),
    );
    expect(await deliveriesTo(id)).toHaveLength(2_500);
  });

  it("an order is not called recorded when its event could not be written down", async () => {
    await openEndpoint();
    await store().upsert([sampleOrder(1)]);
    await expect(store(observedDatabase("down").env).upsert([sampleOrder(2)])).rejects.toThrow("D1 is down");
    expect(recorded).toHaveLength(2);
  });

  it("an order that could not be recorded is not told of", async () => {
    const { id } = await openEndpoint();
    const failing = announcingStore(env, { upsert: () => Promise.reject(new Error("full")) }, () => NOW);
    await expect(failing.upsert([sampleOrder(1)])).rejects.toThrow("full");
    expect(await deliveriesTo(id)).toEqual([]);
  });

  it("that is switched off nothing is written down", async () => {
    const { id } = await openEndpoint();
    await env.DB.prepare("UPDATE webhook_endpoints SET enabled = 0").run();
    forgetRecipients();
    await store().upsert([sampleOrder(1)]);
    expect(await deliveriesTo(id)).toEqual([]);
  });
});

describe("while D1 is away and the orders are in another database", () => {
  it("goes on with the endpoints it knew", async () => {
    await store().upsert([sampleOrder(1)]);
    forgetRecipients();
    await store(observedDatabase("down").env).upsert([sampleOrder(2)]);
    expect(recorded).toHaveLength(2);
  });
});

it("is what the queue's consumer writes with", async () => {
  const { id } = await openEndpoint();
  const worker = (await import("../../../workers/index.ts")).default;
  const { createMessageBatch } = await import("cloudflare:test");
  const { sampleMessage } = await import("../order/samples.ts");
  const order = sampleOrder(77);
  const batch = createMessageBatch("spike-orders", [
    { id: "m1", timestamp: new Date(), attempts: 1, body: sampleMessage([order]) },
  ]);
  await worker.queue(batch, env);
  expect(await deliveriesTo(id)).toMatchObject([{ subject: order.orderId }]);
  expect(await d1OrderStore(env.DB).find(order.orderId, order.userId)).not.toBeNull();
});
