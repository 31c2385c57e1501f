import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { spikes } from "../../../workers/database/schema.ts";
import { payOrder } from "../../../workers/order/payment/pay-order.ts";
import {
  OPEN_PAYMENT_STALE_MS,
  SETTLE_AFTER_END_MS,
  SETTLE_SPIKES_PER_RUN,
  settleOpenPayments,
} from "../../../workers/order/payment/settle-open-payments.ts";
import { database } from "../../../workers/platform/database.ts";
import { spikeConfig } from "../spike-stock/spikes.ts";
import { rememberingProvider, whileCharging } from "./remembering-provider.ts";
import { openSale, type TestSale } from "./sale.ts";

/** A moment at which every payment begun until now is stale. */
const later = () => Date.now() + OPEN_PAYMENT_STALE_MS + 1_000;

const openPayments = (sale: TestSale) => sale.ledger.openPayments(later(), 10);

async function stateOf(sale: TestSale, orderId: string) {
  const [found] = await sale.ledger.lookup([{ orderId, userId: "alice" }]);
  return found?.order.state;
}

/** An order whose request died right after the given step. */
async function interrupted(after: "begin" | "charge" | "refund") {
  const sale = await openSale({ stock: 1 });
  const orderId = await sale.reserve("alice");
  const provider = rememberingProvider();
  const begun = await sale.ledger.beginPayment(orderId, "alice");
  if (after !== "begin" && begun.ok && begun.attempt) {
    const charge = { orderId, attempt: begun.attempt, amountMinor: 1999, currency: "EUR", requestId: "r1" };
    await provider.charge(charge);
  }
  if (after === "refund") for (const paymentId of provider.kept()) await provider.refund(paymentId);
  return { sale, orderId, provider };
}

beforeEach(async () => {
  await env.DB.exec("DELETE FROM spikes");
});

describe("settleOpenPayments", () => {
  it("pays the order whose request died between charge and payment", async () => {
    const { sale, orderId, provider } = await interrupted("charge");
    await settleOpenPayments(env, provider, later());
    expect([await stateOf(sale, orderId), provider.kept().length]).toEqual(["paid", 1]);
    expect(await openPayments(sale)).toEqual([]);
    await settleOpenPayments(env, provider, later());
    expect(await sale.ledger.view()).toMatchObject({ sold: 1 });
  });

  it("refunds it when the order cannot be paid any more", async () => {
    const { sale, orderId, provider } = await interrupted("charge");
    await sale.lapse();
    await sale.reserve("bob");
    await settleOpenPayments(env, provider, later());
    expect([await stateOf(sale, orderId), provider.kept()]).toEqual(["expired", []]);
    expect(await openPayments(sale)).toEqual([]);
  });

  it.each(["begin", "refund"] as const)(
    "closes a payment without money in it: died after %s",
    async (step) => {
      const { sale, orderId, provider } = await interrupted(step);
      await settleOpenPayments(env, provider, later());
      expect([await stateOf(sale, orderId), provider.kept()]).toEqual(["reserved", []]);
      expect(await openPayments(sale)).toEqual([]);
    },
  );

  it("finishes a refund that failed at first", async () => {
    const sale = await openSale({ stock: 1 });
    const orderId = await sale.reserve("alice");
    const provider = rememberingProvider();
    const failing = whileCharging(
      { ...provider, refund: () => Promise.reject(new Error("provider away")) },
      () => sale.ledger.cancel(orderId, "alice"),
    );
    await payOrder(env, failing, { orderId, userId: "alice", requestId: "r1" }).catch(() => {});
    expect(provider.kept()).toHaveLength(1);
    await settleOpenPayments(env, failing, later());
    expect(await openPayments(sale)).toHaveLength(1);
    await settleOpenPayments(env, provider, later());
    expect([provider.kept(), await openPayments(sale)]).toEqual([[], []]);
  });

  it("leaves a payment alone whose request may still be at work", async () => {
    const { sale, orderId, provider } = await interrupted("charge");
    await settleOpenPayments(env, provider, Date.now());
    expect(await stateOf(sale, orderId)).toBe("reserved");
  });

  it("is not held up by a payment or a ledger that fails", async () => {
    const broken = await interrupted("charge");
    const { sale, orderId, provider } = await interrupted("charge");
    await settleOpenPayments(
      env,
      {
        ...provider,
        async find(wanted) {
          if (wanted.orderId === broken.orderId) throw new Error("provider hiccup");
          return provider.find(wanted);
        },
      },
      later(),
    );
    expect([await stateOf(broken.sale, broken.orderId), await stateOf(sale, orderId)]).toEqual([
      "reserved",
      "paid",
    ]);
  });
});

describe("which ledgers are asked", () => {
  const NOW = Date.parse("2026-11-22T12:00:00Z");

  /** The spikes that a run at `now` asks, of which every third ledger fails. */
  async function askedAt(now: number): Promise<string[]> {
    const asked: string[] = [];
    const namespace = {
      idFromName: (spikeId: string) => asked.push(spikeId),
      get: () => ({
        async openPayments() {
          if (asked.length % 3 === 0) throw new Error("ledger away");
          return [];
        },
      }),
    } as unknown as Env["SPIKE_STOCK"];
    await settleOpenPayments({ ...env, SPIKE_STOCK: namespace }, rememberingProvider(), now);
    return asked;
  }

  async function addSpikes(times: { startsAt: number; endsAt: number }[]): Promise<string[]> {
    const rows = times.map((time) => ({ ...spikeConfig(time), createdAt: 0, updatedAt: 0 }));
    const db = database(env);
    for (const row of rows) await db.insert(spikes).values(row);
    return rows.map(({ id }) => id);
  }

  it("asks those that have begun and did not end too long ago", async () => {
    const [, running, first, last] = await addSpikes([
      { startsAt: NOW + 1, endsAt: NOW + 2 },
      { startsAt: NOW, endsAt: NOW + 1 },
      { startsAt: 0, endsAt: NOW - SETTLE_AFTER_END_MS + 1 },
      { startsAt: 0, endsAt: NOW },
      { startsAt: 0, endsAt: NOW - SETTLE_AFTER_END_MS },
    ]);
    expect(new Set(await askedAt(NOW))).toEqual(new Set([running, first, last]));
  });

  it.each([
    [SETTLE_SPIKES_PER_RUN, [SETTLE_SPIKES_PER_RUN, SETTLE_SPIKES_PER_RUN]],
    [SETTLE_SPIKES_PER_RUN + 1, [SETTLE_SPIKES_PER_RUN, 1]],
  ])("reaches each of %i in turn, minute by minute", async (count, sizes) => {
    const all = await addSpikes(Array.from({ length: count }, () => ({ startsAt: 0, endsAt: NOW })));
    const runs = [await askedAt(NOW), await askedAt(NOW + 60_000)];
    expect(runs.map((asked) => asked.length).sort((a, b) => b - a)).toEqual(sizes);
    expect(new Set(runs.flat())).toEqual(new Set(all));
  });
});
