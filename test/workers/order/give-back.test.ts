import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { handleOrderMessages, type OrderConsumer } from "../../../workers/order/queue/handler.ts";
import { ORDER_QUEUE } from "../../../workers/order/queue/message.ts";
import { d1OrderStore } from "../../../workers/order/store/d1-order-store.ts";
import { RowsRefused, StoreUnavailable } from "../../../workers/order/store/order-store.ts";
import type { OrderSnapshot, RecordedOrder } from "../../../workers/shared/order.ts";
import { ledgerName } from "../../../workers/shared/stripes.ts";
import { SAMPLE_TIME, sampleMessage, sampleOrder } from "./samples.ts";

const SPLIT = "0123456789abi2";
const inSecondLedger = (sequence: number) =>
  sampleOrder(sequence, { spikeId: SPLIT, orderId: `${SPLIT}-${sequence}-nonce-1` });

/** What becomes of messages when the store fails like this, by their numbers, and what was given back. */
async function deliver(
  bodies: unknown[],
  upsert: OrderConsumer["store"]["upsert"],
  answer: (ledger: string) => boolean | Error = () => true,
) {
  const messages = bodies.map((body, n) => ({ id: `m${n}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(ORDER_QUEUE, messages);
  const givenBack = new Map<string, RecordedOrder[]>();
  const recorded: string[] = [];
  await handleOrderMessages(batch, {
    store: { upsert },
    keepDeadLetter: () => Promise.resolve(),
    acknowledge(_ledger, orders) {
      recorded.push(...orders.map(({ orderId }) => orderId));
    },
    async giveBack(ledger, orders) {
      const name = ledgerName(ledger);
      expect(givenBack.has(name), "one call per ledger").toBe(false);
      givenBack.set(name, orders);
      const taken = answer(name);
      if (taken instanceof Error) throw taken;
      return taken;
    },
    now: () => SAMPLE_TIME,
  });
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  const retried = retryMessages.map(({ msgId }) => msgId).sort();
  return { acked: [...explicitAcks].sort(), retried, givenBack, recorded };
}

const away = async () => {
  throw new StoreUnavailable("away");
};
const one = sampleOrder(1);
const two = sampleOrder(2, { version: 3 });

describe("a consumer whose database is away", () => {
  it("gives each ledger its orders back, once, and lets their messages go", async () => {
    const bodies = [sampleMessage([one]), sampleMessage([two]), sampleMessage([inSecondLedger(7)])];
    const { acked, retried, givenBack } = await deliver(bodies, away);
    expect([acked, retried]).toEqual([["m0", "m1", "m2"], []]);
    expect(Object.fromEntries(givenBack)).toEqual({
      sample: [
        { orderId: one.orderId, version: 1 },
        { orderId: two.orderId, version: 3 },
      ],
      [`${SPLIT}/1`]: [{ orderId: inSecondLedger(7).orderId, version: 1 }],
    });
  });

  it.each([
    ["does not know them all", false],
    ["cannot be reached", new Error("no such ledger")],
  ])("leaves the messages of a ledger that %s to the queue", async (_, answer) => {
    const bodies = [sampleMessage([one]), sampleMessage([inSecondLedger(7)])];
    const { acked, retried } = await deliver(bodies, away, (name) => (name === "sample" ? answer : true));
    expect([acked, retried]).toEqual([["m1"], ["m0"]]);
  });

  it("gives back only what was not recorded before", async () => {
    let calls = 0;
    const upsert = async () => {
      const failures = [new RowsRefused("one of them"), null, new StoreUnavailable("away")];
      const failure = failures[calls++];
      if (failure) throw failure;
    };
    const { acked, recorded, givenBack } = await deliver(
      [sampleMessage([one]), sampleMessage([two])],
      upsert,
    );
    expect(acked).toEqual(["m0", "m1"]);
    expect(recorded).toEqual([one.orderId]);
    expect(givenBack.get("sample")).toEqual([{ orderId: two.orderId, version: 3 }]);
  });

  it("does not take what is said of the rows for an outage: others must not wait behind them", async () => {
    const { retried, givenBack } = await deliver([sampleMessage([one])], async () => {
      throw new Error("a trigger does not like this");
    });
    expect([retried, givenBack.size]).toEqual([["m0"], 0]);
  });

  it("records in the order of sale, however the messages come", async () => {
    const tried: string[] = [];
    const orders = [36, 35, 1, 1_296].map((sequence) => sampleOrder(sequence, { createdAt: SAMPLE_TIME }));
    await deliver([sampleMessage(orders.slice(0, 2)), sampleMessage(orders.slice(2))], async (rows) => {
      tried.push(...rows.map(({ orderId }) => orderId));
    });
    expect(tried).toEqual(["sample-1-nonce", "sample-z-nonce", "sample-10-nonce", "sample-100-nonce"]);
  });
});

describe("the D1 store", () => {
  /** A database that answers every statement with this error. */
  const failing = (message: string): D1Database => {
    const run = () => Promise.reject(new Error(message));
    return { ...env.DB, prepare: () => ({ bind: () => ({ run }) }) } as unknown as D1Database;
  };
  const failureOf = (message: string, orders: OrderSnapshot[]) =>
    d1OrderStore(failing(message))
      .upsert(orders)
      .catch((error: unknown) => error);

  it.each([
    "Network connection lost.",
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: database or disk is full: SQLITE_FULL",
  ])("knows an outage: %s", async (message) => {
    expect(await failureOf(message, [one])).toBeInstanceOf(StoreUnavailable);
  });

  it("knows what is said of rows, and what is neither", async () => {
    const constraint = await failureOf("D1_ERROR: NOT NULL constraint failed: SQLITE_CONSTRAINT", [one]);
    expect(constraint).toBeInstanceOf(RowsRefused);
    for (const message of ["D1_ERROR: no such column: x: SQLITE_ERROR", "D1_TYPE_ERROR: Type 'symbol'"]) {
      const other = await failureOf(message, [one]);
      expect([other instanceof RowsRefused, other instanceof StoreUnavailable]).toEqual([false, false]);
    }
  });
});
