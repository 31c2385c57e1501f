import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LATE_MAX_MS } from "../../../workers/order/payment/builtin-behaviour.ts";
import { openPaymentProvider } from "../../../workers/order/payment/open-payment-provider.ts";
import { payOrder } from "../../../workers/order/payment/pay-order.ts";
import { PROVIDER_TIMEOUT_MS } from "../../../workers/order/payment/provider.ts";
import { OPEN_PAYMENT_STALE_MS } from "../../../workers/order/payment/settle-open-payments.ts";
import { rememberingProvider, whileCharging } from "./remembering-provider.ts";
import { callAs, openSale, type TestSale } from "./sale.ts";

afterEach(() => void vi.restoreAllMocks());

/** A sale of one unit, reserved by alice. */
async function reserved(): Promise<{
  sale: TestSale;
  orderId: string;
  ref: { orderId: string; userId: string; requestId: string };
}> {
  const sale = await openSale({ stock: 1 });
  const orderId = await sale.reserve("alice");
  return { sale, orderId, ref: { orderId, userId: "alice", requestId: "r1" } };
}

const openPayments = (sale: TestSale) => sale.ledger.openPayments(Date.now() + OPEN_PAYMENT_STALE_MS, 10);

describe("payOrder", () => {
  it("charges the order's amount once, however often it is asked", async () => {
    const { sale, orderId, ref } = await reserved();
    const provider = rememberingProvider();
    const paid = await payOrder(env, provider, ref);
    expect(paid).toMatchObject({ orderId, state: "paid" });
    expect(await payOrder(env, provider, ref)).toEqual(paid);
    expect(provider.charges).toEqual([
      { orderId, attempt: 1, amountMinor: 1999, currency: "EUR", requestId: "r1" },
    ]);
    expect(await openPayments(sale)).toEqual([]);
  });

  it("keeps exactly one charge when asked in parallel", async () => {
    const { ref } = await reserved();
    const provider = rememberingProvider();
    const answers = await Promise.all(Array.from({ length: 8 }, () => payOrder(env, provider, ref)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.state).toBe("paid");
    expect(provider.kept()).toHaveLength(1);
  });

  it("does not charge for an order that cannot be paid", async () => {
    const { sale, orderId, ref } = await reserved();
    await sale.ledger.cancel(orderId, "alice");
    const provider = rememberingProvider();
    await expect(payOrder(env, provider, ref)).rejects.toMatchObject({ code: "order_state" });
    await expect(payOrder(env, provider, { ...ref, userId: "mallory" })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(provider.charges).toEqual([]);
  });

  it("returns the money when the order is cancelled while it is being charged", async () => {
    const { sale, orderId, ref } = await reserved();
    const provider = whileCharging(rememberingProvider(), () => sale.ledger.cancel(orderId, "alice"));
    await expect(payOrder(env, provider, ref)).rejects.toMatchObject({
      code: "order_state",
      details: { orderId, refunded: true, detail: "The order was cancelled. Your payment was refunded." },
    });
    expect([provider.charges.length, provider.kept()]).toEqual([1, []]);
    expect(await openPayments(sale)).toEqual([]);
    expect(await sale.ledger.view()).toMatchObject({ available: 1, sold: 0 });
  });

  it("gives a late payment the stock again while there is any", async () => {
    const { sale, ref } = await reserved();
    const provider = whileCharging(rememberingProvider(), sale.lapse);
    expect(await payOrder(env, provider, ref)).toMatchObject({ state: "paid" });
    expect(provider.kept()).toHaveLength(1);
    expect(await sale.ledger.view()).toMatchObject({ available: 0, sold: 1 });
  });

  it("returns a late payment when the stock has gone to others", async () => {
    const { sale, ref } = await reserved();
    const provider = whileCharging(rememberingProvider(), async () => {
      await sale.lapse();
      await sale.reserve("bob");
    });
    await expect(payOrder(env, provider, ref)).rejects.toMatchObject({
      code: "order_state",
      details: { refunded: true },
    });
    expect(provider.kept()).toEqual([]);
    expect(await sale.ledger.view()).toMatchObject({ available: 0, held: 1, sold: 0 });
  });

  it("never takes a charge for two requests that was refused for the first, though stock came back", async () => {
    const { sale, ref } = await reserved();
    const books = rememberingProvider();
    const first = whileCharging(books, async () => {
      await sale.lapse();
      await sale.reserve("bob");
    });
    // The second request has begun and shares the charge, which the ledger then refuses for the first.
    const second = whileCharging(books, async () => {
      await expect(payOrder(env, first, ref)).rejects.toMatchObject({ details: { refunded: true } });
      await sale.ledger.restock(1, "more");
    });
    await expect(payOrder(env, second, ref)).rejects.toMatchObject({
      code: "order_state",
      details: { refunded: true, detail: expect.stringContaining("is being refunded") as string },
    });
    expect([books.kept(), await openPayments(sale)]).toEqual([[], []]);
    expect(await payOrder(env, books, ref)).toMatchObject({ state: "paid" });
    expect(books.kept()).toHaveLength(1);
  });

  it("keeps a newer attempt open when an older one's refund comes to its end", async () => {
    const { sale, orderId, ref } = await reserved();
    const books = rememberingProvider();
    const slow = rememberingProvider({
      ...books,
      async refund(paymentId) {
        await sale.ledger.restock(1, "more");
        await sale.ledger.beginPayment(orderId, "alice");
        await books.refund(paymentId);
      },
    });
    const late = whileCharging(slow, async () => {
      await sale.lapse();
      await sale.reserve("bob");
    });
    await expect(payOrder(env, late, ref)).rejects.toMatchObject({ details: { refunded: true } });
    expect(await openPayments(sale)).toMatchObject([{ order: { orderId }, attempt: 2 }]);
  });

  it("says so when the money could not be returned yet, and keeps the payment open", async () => {
    const { sale, orderId, ref } = await reserved();
    const books = rememberingProvider({ refund: () => Promise.reject(new Error("provider away")) });
    const provider = whileCharging(books, () => sale.ledger.cancel(orderId, "alice"));
    const refusal = await payOrder(env, provider, ref).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "order_state",
      details: { detail: "The order was cancelled. Your payment will be refunded." },
    });
    expect(refusal).not.toHaveProperty("details.refunded");
    expect(await openPayments(sale)).toMatchObject([{ order: { orderId } }]);
  });

  it("leaves a declined order reserved, to be paid another way", async () => {
    const { sale, ref } = await reserved();
    const declining = rememberingProvider({
      charge: async () => ({ outcome: "declined", reason: "the card has expired" }),
    });
    await expect(payOrder(env, declining, ref)).rejects.toMatchObject({
      code: "order_state",
      details: { detail: "The payment was declined: the card has expired." },
    });
    expect(await openPayments(sale)).toEqual([]);
    expect(await payOrder(env, rememberingProvider(), ref)).toMatchObject({ state: "paid" });
  });

  it("leaves the payment open when nobody knows whether the charge happened", async () => {
    const { sale, orderId, ref } = await reserved();
    const silent = rememberingProvider({ charge: () => Promise.reject(new Error("connection reset")) });
    await expect(payOrder(env, silent, ref)).rejects.toThrow("connection reset");
    expect(await openPayments(sale)).toMatchObject([{ order: { orderId, state: "reserved" } }]);
  });

  it("stops waiting for a provider that hangs", async () => {
    const { sale, orderId, ref } = await reserved();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const hangs = rememberingProvider({
        charge() {
          queueMicrotask(() => vi.advanceTimersByTime(PROVIDER_TIMEOUT_MS));
          return new Promise(() => {});
        },
      });
      await expect(payOrder(env, hangs, ref)).rejects.toThrow("The charge took longer than 45000 ms");
    } finally {
      vi.useRealTimers();
    }
    expect(await openPayments(sale)).toMatchObject([{ order: { orderId } }]);
  });

  it("returns the second charge of a provider that breaks its promise, and answers paid", async () => {
    const { ref } = await reserved();
    const first = rememberingProvider();
    const refunds: string[] = [];
    const forgetful = rememberingProvider({
      async charge() {
        await payOrder(env, first, ref);
        return { outcome: "approved", paymentId: "second" };
      },
      async refund(paymentId) {
        refunds.push(paymentId);
      },
    });
    expect(await payOrder(env, forgetful, ref)).toMatchObject({ state: "paid" });
    expect([first.kept().length, refunds]).toEqual([1, ["second"]]);
  });
});

describe("POST /api/orders/{id}/payment with the built-in provider", () => {
  const pay = (orderId: string, behaviour: string) =>
    callAs("alice", "POST", `/api/orders/${orderId}/payment`, { BUILTIN_PAYMENT_BEHAVIOUR: behaviour });

  it("declines when told to", async () => {
    const { orderId } = await reserved();
    const { status, body } = await pay(orderId, "decline");
    expect([status, body.code]).toEqual([409, "order_state"]);
    expect(body.detail).toBe("The payment was declined: the built-in provider is set to decline.");
    expect((await pay(orderId, "approve")).status).toBe(200);
  });

  it("answers late when told to, and refunds what came too late", async () => {
    const { sale, orderId } = await reserved();
    const wait = vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
      // The outbox pauses too, between two messages.
      if (ms !== 1500) return;
      await sale.lapse();
      await sale.reserve("bob");
    });
    const { status, body } = await pay(orderId, "late:1500");
    expect(wait.mock.calls.filter(([ms]) => ms === 1500)).toHaveLength(1);
    expect([status, body.code, body.refunded, body.orderId]).toEqual([409, "order_state", true, orderId]);
    expect(body.detail).toBe(
      "The time to pay is over and the stock has gone to others. Your payment was refunded.",
    );
  });

  it("pays late when the stock is still there", async () => {
    const { sale, orderId } = await reserved();
    vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
      if (ms === LATE_MAX_MS) await sale.lapse();
    });
    const { status, body } = await pay(orderId, `late:${LATE_MAX_MS}`);
    expect([status, body.state]).toEqual([200, "paid"]);
  });

  it("answers an opaque error when the configuration is wrong, and logs what to do", async () => {
    const { sale, orderId } = await reserved();
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const { status, body } = await pay(orderId, "late:tomorrow");
    expect([status, body.code, JSON.stringify(body).includes("late")]).toEqual([
      500,
      "internal_error",
      false,
    ]);
    expect(String(logged.mock.lastCall?.[0])).toContain("BUILTIN_PAYMENT_BEHAVIOUR is");
    expect(await openPayments(sale)).toEqual([]);
  });
});

describe("openPaymentProvider", () => {
  const charge = { orderId: "a-1-nonce", attempt: 7, amountMinor: 1, currency: "EUR", requestId: "r" };
  const open = (BUILTIN_PAYMENT_BEHAVIOUR: string, PAYMENT_PROVIDER = "builtin") =>
    openPaymentProvider({ PAYMENT_PROVIDER, BUILTIN_PAYMENT_BEHAVIOUR });

  it.each(["approve", "late:0", "late:1"])("gives the same payment every time: %s", async (behaviour) => {
    const provider = open(behaviour);
    const result = await provider.charge(charge);
    expect(result).toEqual({ outcome: "approved", paymentId: "builtin-a-1-nonce-7" });
    expect(await open(behaviour).charge(charge)).toEqual(result);
    expect(await provider.find(charge)).toEqual({ paymentId: "builtin-a-1-nonce-7", state: "charged" });
    await expect(provider.refund("builtin-a-1-nonce-7")).resolves.toBeUndefined();
  });

  it("has charged nothing while it declines", async () => {
    expect(await open("decline").charge(charge)).toMatchObject({ outcome: "declined" });
    expect(await open("decline").find(charge)).toBeNull();
  });

  it.each(["", "Approve", "late", "late:", "late:-1", "late:1.5", "late:1e3", `late:${LATE_MAX_MS + 1}`])(
    "says what to do about %j",
    (behaviour) => {
      expect(() => open(behaviour)).toThrow(
        `BUILTIN_PAYMENT_BEHAVIOUR is ${JSON.stringify(behaviour)}: set it to "approve", "decline" or`,
      );
    },
  );

  it("says what to do about a provider it does not know", () => {
    expect(() => open("approve", "stripe")).toThrow('PAYMENT_PROVIDER is "stripe": set it to "builtin"');
  });

  it("lets the built-in provider answer before anyone stops waiting, and nobody settle before that", () => {
    expect(LATE_MAX_MS).toBeLessThan(PROVIDER_TIMEOUT_MS);
    expect(PROVIDER_TIMEOUT_MS).toBeLessThan(OPEN_PAYMENT_STALE_MS);
  });
});
