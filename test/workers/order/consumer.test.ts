import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import worker from "../../../workers/index.ts";
import { handleDeadOrderMessages } from "../../../workers/order/queue/dead-letter-handler.ts";
import { keepDeadLettersIn } from "../../../workers/order/queue/dead-letters.ts";
import { handleOrderMessages, type OrderConsumer } from "../../../workers/order/queue/handler.ts";
import { ORDER_DEAD_QUEUE, ORDER_DELIVERIES_MAX, ORDER_QUEUE } from "../../../workers/order/queue/message.ts";
import { d1OrderStore } from "../../../workers/order/store/d1-order-store.ts";
import { RowsRefused } from "../../../workers/order/store/order-store.ts";
import type { OrderSnapshot, RecordedOrder } from "../../../workers/shared/order.ts";
import { SAMPLE_TIME, sampleMessage, sampleOrder } from "./samples.ts";

const store = d1OrderStore(env.DB);

beforeEach(async () => {
  await env.DB.exec("DELETE FROM orders");
  await env.DB.exec("DELETE FROM dead_letters");
});

/** Delivers bodies as the messages m0, m1 …, and tells what became of them. */
async function deliver(bodies: unknown[], changes: Partial<OrderConsumer> = {}, attempts = 1) {
  const batch = batchOf(ORDER_QUEUE, bodies, attempts);
  const acknowledged = await consume(batch, changes);
  return { acknowledged, ...(await settled(batch)) };
}

/** Gives the batch to a consumer with the given parts changed; what it acknowledged, by ledger. */
async function consume(batch: MessageBatch, changes: Partial<OrderConsumer>) {
  const acknowledged = new Map<string, RecordedOrder[]>();
  await handleOrderMessages(batch, {
    store,
    keepDeadLetter: keepDeadLettersIn(env.DB),
    acknowledge({ spikeId }, orders) {
      acknowledged.set(spikeId, [...(acknowledged.get(spikeId) ?? []), ...orders]);
    },
    // Orders of no ledger: nobody takes them back.
    giveBack: async () => false,
    now: () => SAMPLE_TIME,
    ...changes,
  });
  return acknowledged;
}

function batchOf(queue: string, bodies: unknown[], attempts: number): MessageBatch {
  const messages = bodies.map((body, i) => ({
    id: `m${i}`,
    timestamp: new Date(SAMPLE_TIME),
    attempts,
    body,
  }));
  return createMessageBatch(queue, messages);
}

async function settled(batch: MessageBatch) {
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  return { acked: [...explicitAcks].sort(), retried: retryMessages.map(({ msgId }) => msgId).sort() };
}

function storeThat(fails: (orders: readonly OrderSnapshot[]) => Error | null): OrderConsumer["store"] {
  return {
    async upsert(orders) {
      const failure = fails(orders);
      if (failure) throw failure;
      await store.upsert(orders);
    },
  };
}

const stateOf = async (order: OrderSnapshot) =>
  (await store.find(order.orderId, order.userId))?.state ?? null;

async function deadLetters() {
  const { results } = await env.DB.prepare("SELECT * FROM dead_letters ORDER BY message_id, id").all();
  return results;
}

describe("the order consumer", () => {
  it("records the events of all messages and tells each ledger once what is recorded", async () => {
    const here = [sampleOrder(1), sampleOrder(2)];
    const there = [sampleOrder(1, { spikeId: "other", state: "paid", version: 4 })];
    const { acked, retried, acknowledged } = await deliver([
      sampleMessage(here.slice(0, 1)),
      sampleMessage(there),
      sampleMessage(here.slice(1)),
    ]);
    expect([acked, retried]).toEqual([["m0", "m1", "m2"], []]);
    for (const order of [...here, ...there]) expect(await store.find(order.orderId, "u1")).toEqual(order);
    expect(Object.fromEntries(acknowledged)).toEqual({
      sample: [
        { orderId: "sample-1-nonce", version: 1 },
        { orderId: "sample-2-nonce", version: 1 },
      ],
      other: [{ orderId: "other-1-nonce", version: 4 }],
    });
  });

  it("takes duplicates and any order of arrival, within a batch and across batches", async () => {
    const v1 = sampleOrder(1);
    const v2 = sampleOrder(1, { version: 2, state: "expired" });
    const v3 = sampleOrder(1, { version: 3, state: "paid" });
    const first = await deliver([sampleMessage([v2]), sampleMessage([v1]), sampleMessage([v2])]);
    expect(first.acked).toEqual(["m0", "m1", "m2"]);
    expect(first.acknowledged.get("sample")).toEqual([{ orderId: v2.orderId, version: 2 }]);
    expect(await stateOf(v1)).toBe("expired");
    await deliver([sampleMessage([v3, v1])]);
    const stale = await deliver([sampleMessage([v1]), sampleMessage([v2])]);
    expect(stale.acked).toEqual(["m0", "m1"]);
    expect(await stateOf(v1)).toBe("paid");
  });

  it("does not touch the store or a ledger for an empty batch", async () => {
    const { acknowledged } = await deliver([], { store: storeThat(() => new Error("touched")) });
    expect(acknowledged.size).toBe(0);
  });

  it("keeps a message it cannot read as a dead letter and records its neighbours", async () => {
    const { acked, retried } = await deliver(
      [
        sampleMessage([sampleOrder(1)]),
        { format: 1, nonsense: true },
        sampleMessage([sampleOrder(2)]),
        undefined,
      ],
      {},
      3,
    );
    expect([acked, retried]).toEqual([["m0", "m1", "m2", "m3"], []]);
    expect([await stateOf(sampleOrder(1)), await stateOf(sampleOrder(2))]).toEqual(["reserved", "reserved"]);
    expect(await deadLetters()).toMatchObject([
      {
        ...{ message_id: "m1", state: "open", spike_id: null, order_id: null },
        queue: ORDER_QUEUE,
        body: '{"format":1,"nonsense":true}',
        reason: "spikeId is not a spike id",
        attempts: 3,
        created_at: SAMPLE_TIME,
        replayed_at: null,
      },
      expect.objectContaining({ message_id: "m3", body: "undefined", reason: "the body is not an object" }),
    ]);
  });

  it("brings a message back whose dead letter could not be kept", async () => {
    const { acked, retried } = await deliver(["nonsense", sampleMessage([sampleOrder(1)])], {
      keepDeadLetter: () => Promise.reject(new Error("D1 is away")),
    });
    expect([acked, retried]).toEqual([["m1"], ["m0"]]);
  });

  it.each([
    { attempts: 1, least: 1, most: 2 },
    { attempts: 5, least: 16, most: 32 },
    { attempts: ORDER_DELIVERIES_MAX, least: 150, most: 300 },
  ])(
    "brings all back later while the database fails: delivery $attempts",
    async ({ attempts, least, most }) => {
      const batch = batchOf(
        ORDER_QUEUE,
        [sampleMessage([sampleOrder(1)]), sampleMessage([sampleOrder(2)])],
        attempts,
      );
      const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
      await consume(batch, { store: storeThat(() => new Error("D1_ERROR: Network connection lost")) });
      expect(await settled(batch)).toEqual({ acked: [], retried: ["m0", "m1"] });
      for (const retry of retries) {
        const delaySeconds = retry.mock.lastCall?.[0]?.delaySeconds;
        expect(delaySeconds).toBeGreaterThanOrEqual(least);
        expect(delaySeconds).toBeLessThanOrEqual(most);
      }
      expect(await deadLetters()).toEqual([]);
    },
  );

  it("keeps poison apart even while the database for orders fails", async () => {
    const { acked, retried } = await deliver(["nonsense", sampleMessage([sampleOrder(1)])], {
      store: storeThat(() => new Error("away")),
    });
    expect([acked, retried]).toEqual([["m0"], ["m1"]]);
  });

  it("finds the order that the database refuses, and records all others", async () => {
    const bad = sampleOrder(4);
    const { acked, retried, acknowledged } = await deliver(
      [
        sampleMessage([sampleOrder(1), sampleOrder(2)]),
        sampleMessage([sampleOrder(3), bad, sampleOrder(5)]),
        sampleMessage([sampleOrder(6)]),
      ],
      {
        store: storeThat((orders) =>
          orders.some(({ orderId }) => orderId === bad.orderId)
            ? new RowsRefused("too long for user_id")
            : null,
        ),
      },
    );
    expect([acked, retried]).toEqual([["m0", "m1", "m2"], []]);
    const recorded = (acknowledged.get("sample") ?? []).map(({ orderId }) => orderId).sort();
    expect(recorded).toEqual([1, 2, 3, 5, 6].map((sequence) => sampleOrder(sequence).orderId));
    expect(await stateOf(bad)).toBeNull();
    expect(await stateOf(sampleOrder(5))).toBe("reserved");
    expect(await deadLetters()).toMatchObject([
      {
        id: `${bad.orderId}.1`,
        ...{ message_id: "m1", reason: `order ${bad.orderId}: too long for user_id`, order_id: bad.orderId },
        body: JSON.stringify(sampleMessage([bad])),
      },
    ]);
  });

  it("counts the attempts of an order that the ledger sends for ever, and keeps one letter of it", async () => {
    const bad = sampleOrder(4);
    const refusing = {
      store: storeThat((orders) =>
        orders.some(({ orderId }) => orderId === bad.orderId) ? new RowsRefused("never") : null,
      ),
    };
    for (const [round, others] of [[sampleOrder(1)], [], [sampleOrder(2), sampleOrder(3)]].entries()) {
      const batch = createMessageBatch(ORDER_QUEUE, [
        { id: `round${round}`, timestamp: new Date(), attempts: 1, body: sampleMessage([...others, bad]) },
      ]);
      await consume(batch, { ...refusing, now: () => SAMPLE_TIME + round });
      expect((await settled(batch)).acked).toEqual([`round${round}`]);
    }
    const letter = { id: `${bad.orderId}.1`, attempts: 3, state: "open" };
    const times = { created_at: SAMPLE_TIME, failed_at: SAMPLE_TIME + 2 };
    expect(await deadLetters()).toMatchObject([{ ...letter, ...times }]);
    await deliver([sampleMessage([sampleOrder(4, { version: 2 })])], refusing);
    expect(await deadLetters()).toHaveLength(2);
  });

  it("retries only the messages that were not reached when the database fails half-way", async () => {
    let calls = 0;
    const { acked, retried, acknowledged } = await deliver(
      [sampleMessage([sampleOrder(1)]), sampleMessage([sampleOrder(2)])],
      { store: storeThat(() => [new RowsRefused("one of them"), null, new Error("away")][calls++] ?? null) },
    );
    expect([acked, retried]).toEqual([["m0"], ["m1"]]);
    expect(acknowledged.get("sample")).toEqual([{ orderId: sampleOrder(1).orderId, version: 1 }]);
  });

  it("is safe to run twice when it dies before the queue hears of its acknowledgements", async () => {
    const bodies = [sampleMessage([sampleOrder(1)]), "nonsense"];
    await deliver(bodies);
    const again = await deliver(bodies, {}, 2);
    expect(again.acked).toEqual(["m0", "m1"]);
    expect(await deadLetters()).toMatchObject([{ message_id: "m1", attempts: 2 }]);
  });

  it("records a hundred full messages in one batch", async () => {
    const bodies = Array.from({ length: 100 }, (_, message) =>
      sampleMessage(Array.from({ length: 250 }, (__, event) => sampleOrder(1 + message * 250 + event))),
    );
    const { acked, acknowledged } = await deliver(bodies);
    expect([acked.length, acknowledged.get("sample")?.length]).toEqual([100, 25_000]);
    expect(await store.countByState("sample")).toMatchObject({ reserved: 25_000 });
  });
});

describe("the dead-letter consumer", () => {
  const consumer = { keepDeadLetter: keepDeadLettersIn(env.DB), now: () => SAMPLE_TIME };

  it("keeps what the order consumer gave up on, once, with the reason and the number of attempts", async () => {
    const bodies = [sampleMessage([sampleOrder(1)]), { format: 9 }];
    for (const attempts of [1, 2]) {
      const batch = batchOf(ORDER_DEAD_QUEUE, bodies, attempts);
      await handleDeadOrderMessages(batch, consumer);
      expect(await settled(batch)).toMatchObject({ acked: ["m0", "m1"], retried: [] });
    }
    expect(await deadLetters()).toMatchObject([
      {
        ...{ id: `${sampleOrder(1).orderId}.1`, message_id: "m0" },
        queue: ORDER_DEAD_QUEUE,
        body: JSON.stringify(bodies[0]),
        reason: "the order store failed at each of 11 deliveries",
        attempts: ORDER_DELIVERIES_MAX,
        created_at: SAMPLE_TIME,
      },
      { message_id: "m1", reason: "format is not 1, and its reason could not be kept at once" },
    ]);
  });

  it("brings back alone the message that could not be kept", async () => {
    const batch = batchOf(ORDER_DEAD_QUEUE, ["a", "b", "c"], 1);
    await handleDeadOrderMessages(batch, {
      ...consumer,
      async keepDeadLetter(letter) {
        if (letter.message.body === "b") throw new Error("D1 is away");
        await consumer.keepDeadLetter(letter);
      },
    });
    expect(await settled(batch)).toMatchObject({ acked: ["m0", "m2"], retried: ["m1"] });
    expect(await deadLetters()).toMatchObject([{ message_id: "m0" }, { message_id: "m2" }]);
  });

  it("keeps a body that JSON cannot say", async () => {
    const batch = batchOf(ORDER_DEAD_QUEUE, [12n, new Map([["a", 1]])], 1);
    await handleDeadOrderMessages(batch, consumer);
    expect(await deadLetters()).toMatchObject([{ body: "12" }, { body: "{}" }]);
  });
});

describe("the queue handler", () => {
  it("gives each queue to its consumer", async () => {
    const dead = batchOf(ORDER_DEAD_QUEUE, ["gone"], 1);
    await worker.queue(dead, env);
    expect((await settled(dead)).acked).toEqual(["m0"]);
    const poison = batchOf(ORDER_QUEUE, ["nonsense", sampleMessage([sampleOrder(1)])], 1);
    await worker.queue(poison, env);
    expect((await settled(poison)).acked).toEqual(["m0", "m1"]);
    expect(await stateOf(sampleOrder(1))).toBe("reserved");
  });

  it("refuses a queue it does not know, so that its messages come back", async () => {
    await expect(worker.queue(batchOf("surprise", ["x"], 1), env)).rejects.toThrow(
      'No consumer for the queue "surprise"',
    );
  });
});
