import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SpikeGate } from "../../../durable-objects/spike-gate/spike-gate.ts";
import { SpikeStock } from "../../../durable-objects/spike-stock/spike-stock.ts";
import { takeStep } from "../../../workers/order/order-steps.ts";
import { saveSpikeSettings } from "../../../workers/platform/settings-store.ts";
import { LEDGER_BATCH_MAX } from "../../../workers/shared/limits.ts";
import { callAs, openSale } from "./sale.ts";

afterEach(() => void vi.restoreAllMocks());

const BUYERS = 30;
const buyers = Array.from({ length: BUYERS }, (_, n) => `buyer${n}`);

/** A sale whose every unit is reserved, by a buyer each. */
async function soldToBuyers() {
  const sale = await openSale({ stock: BUYERS });
  const orders = await Promise.all(
    buyers.map(async (userId) => ({ userId, orderId: await sale.reserve(userId) })),
  );
  return { ...sale, orders };
}

describe.each([
  ["through its gate", 1],
  ["through several gates", 3],
  ["without gates", 0],
])("an order's step %s", (_, gatesPerSpike) => {
  it("travels with others, and each gets its own answer", async () => {
    const { spikeId, ledger, orders } = await soldToBuyers();
    await saveSpikeSettings(env, spikeId, { gatesPerSpike });
    const calls = vi.spyOn(SpikeStock.prototype, "takeSteps");
    const begun = await Promise.all(orders.map((order) => takeStep(env, { do: "begin_payment", ...order })));
    expect(begun.map((result) => result.ok && result.order.orderId)).toEqual(
      orders.map(({ orderId }) => orderId),
    );
    expect(calls.mock.calls.flat(2)).toHaveLength(BUYERS);
    expect(calls.mock.calls.length).toBeLessThanOrEqual(2 * Math.max(1, gatesPerSpike));
    expect(await ledger.view()).toMatchObject({ held: BUYERS });
  });

  it("pays and cancels whatever else is done in the same call", async () => {
    const { spikeId, ledger, orders } = await soldToBuyers();
    await saveSpikeSettings(env, spikeId, { gatesPerSpike });
    const answers = await Promise.all(
      orders.map(({ orderId, userId }, n) =>
        callAs(
          n % 7 === 6 ? "mallory" : userId,
          "POST",
          `/api/orders/${orderId}/${n % 2 === 0 ? "payment" : "cancellation"}`,
        ),
      ),
    );
    const strangers = orders.filter((__, n) => n % 7 === 6).length;
    expect(answers.map(({ status }) => status)).toEqual(orders.map((__, n) => (n % 7 === 6 ? 404 : 200)));
    const { sold, available, held } = await ledger.view();
    expect(held).toBe(strangers);
    expect([sold, available]).toEqual([
      answers.filter(({ body }) => body["state"] === "paid").length,
      answers.filter(({ body }) => body["state"] === "cancelled").length,
    ]);
    expect(sold + available + held).toBe(BUYERS);
  });
});

describe("an order's step", () => {
  it("goes to the ledger by itself when the gate fails or does not know such calls yet", async () => {
    const { ledger, orders } = await soldToBuyers();
    vi.spyOn(SpikeGate.prototype, "takeSteps").mockRejectedValue(new TypeError("no such method"));
    const answers = await Promise.all(
      orders.map(({ orderId, userId }) => callAs(userId, "POST", `/api/orders/${orderId}/payment`)),
    );
    expect(answers.map(({ body }) => body["state"])).toEqual(orders.map(() => "paid"));
    expect(await ledger.view()).toMatchObject({ sold: BUYERS, held: 0, available: 0 });
  });

  it("spoils no other when its call fails in the ledger", async () => {
    const { ledger, orders } = await soldToBuyers();
    const take = SpikeStock.prototype.takeSteps;
    vi.spyOn(SpikeStock.prototype, "takeSteps").mockImplementation(function (this: SpikeStock, steps) {
      if (steps.some(({ userId }) => userId === "buyer3")) throw new Error("a step that cannot be taken");
      return take.call(this, steps);
    });
    const answers = await Promise.all(
      orders.map(({ orderId, userId }) => callAs(userId, "POST", `/api/orders/${orderId}/cancellation`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(orders.map(() => 200));
    expect(await ledger.view()).toMatchObject({ available: BUYERS, held: 0 });
  });

  it("is told to come again when the ledger sheds load", async () => {
    const { orders } = await soldToBuyers();
    vi.spyOn(SpikeGate.prototype, "takeSteps").mockImplementation(async ({ steps }) =>
      steps.map(() => ({ ok: false, code: "overloaded" })),
    );
    const [first] = orders;
    const answer = await callAs(buyers[0] as string, "POST", `/api/orders/${first?.orderId}/payment`);
    expect(answer).toMatchObject({ status: 503, body: { code: "overloaded" } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("takeSteps of a ledger", () => {
  it.each([LEDGER_BATCH_MAX - 1, LEDGER_BATCH_MAX])("takes %i steps", async (count) => {
    const { ledger, orders } = await soldToBuyers();
    const steps = Array.from({ length: count }, (_, n) => ({
      ...{ do: "begin_payment" as const, ...(orders[n % BUYERS] as (typeof orders)[number]) },
    }));
    const results = await ledger.takeSteps(steps);
    expect(results.map(({ ok }) => ok)).toEqual(steps.map(() => true));
    expect(await ledger.openPayments(Date.now() + 1_000, 1_000)).toHaveLength(BUYERS);
  });

  it(`refuses ${LEDGER_BATCH_MAX + 1} steps, and none is taken`, async () => {
    const { ledger, orders } = await soldToBuyers();
    const steps = Array.from({ length: LEDGER_BATCH_MAX + 1 }, (_, n) => ({
      ...{ do: "cancel" as const, ...(orders[n % BUYERS] as (typeof orders)[number]) },
    }));
    await runInDurableObject(ledger, (object: SpikeStock) =>
      expect(object.takeSteps(steps)).rejects.toThrow("at most 100"),
    );
    expect(await ledger.view()).toMatchObject({ held: BUYERS });
  });
});
