import { describe, expect, it } from "vitest";
import { ordersOf, parseOrderEventsMessage } from "../../../workers/order/queue/message.ts";
import { ORDER_EVENTS_PER_MESSAGE_MAX } from "../../../workers/shared/limits.ts";
import { sampleMessage, sampleOrder } from "../../workers/order/samples.ts";

const reasonOf = (body: unknown) => {
  const parsed = parseOrderEventsMessage(body);
  return parsed.ok ? null : parsed.reason;
};

const withEvent = (changes: Record<string, unknown>) => {
  const message = sampleMessage([sampleOrder(1), sampleOrder(2)]);
  return { ...message, events: [message.events[0], { ...message.events[1], ...changes }] };
};

describe("parseOrderEventsMessage", () => {
  it("takes what a ledger sends and gives the orders back whole", () => {
    const orders = [sampleOrder(1), sampleOrder(2, { state: "paid", version: 2 })];
    const parsed = parseOrderEventsMessage(structuredClone(sampleMessage(orders)));
    expect(parsed.ok && ordersOf(parsed.message)).toEqual(orders);
  });

  it("lets fields through that a newer ledger may add", () => {
    expect(reasonOf({ ...withEvent({ requestId: "r1" }), sentAt: 1 })).toBeNull();
  });

  it.each([
    [null, "the body is not an object"],
    ["text", "the body is not an object"],
    [[], "the body is not an object"],
    [{}, "format is not 1"],
    [{ ...sampleMessage([sampleOrder(1)]), format: 2 }, "format is not 1"],
    [{ ...sampleMessage([sampleOrder(1)]), spikeId: "A'; DROP TABLE orders" }, "spikeId is not a spike id"],
    [
      { ...sampleMessage([sampleOrder(1)]), spikeTitle: 7 },
      "spikeTitle is not a string of at most 1000 units",
    ],
    [
      { ...sampleMessage([sampleOrder(1)]), spikeTitle: "x".repeat(1_001) },
      "spikeTitle is not a string of at most 1000 units",
    ],
    [{ ...sampleMessage([sampleOrder(1)]), currency: "euro" }, "currency is not an ISO 4217 code"],
    [{ ...sampleMessage([sampleOrder(1)]), events: {} }, "events is not a list of 1 to 250"],
    [{ ...sampleMessage([sampleOrder(1)]), events: [null] }, "events[0] is not an object"],
  ])("says what is wrong with %j", (body, reason) => {
    expect(reasonOf(body)).toBe(reason);
  });

  it.each([
    [{ orderId: "other-1-nonce" }, "events[1].orderId is not an order id of this spike"],
    [{ orderId: 5 }, "events[1].orderId is not an order id of this spike"],
    [{ userId: "" }, "events[1].userId is not a string of 1 to 128 characters"],
    [{ userId: "u".repeat(129) }, "events[1].userId is not a string of 1 to 128 characters"],
    [{ state: "lost" }, "events[1].state is not an order state"],
    [{ state: "constructor" }, "events[1].state is not an order state"],
    [{ quantity: 0 }, "events[1].quantity is not a positive integer"],
    [{ quantity: 1.5 }, "events[1].quantity is not a positive integer"],
    [{ amountMinor: -1 }, "events[1].amountMinor is not a non-negative integer"],
    [{ amountMinor: 2 ** 53 }, "events[1].amountMinor is not a non-negative integer"],
    [{ version: 0 }, "events[1].version is not a positive integer"],
    [{ version: "2" }, "events[1].version is not a positive integer"],
    [{ payBefore: -1 }, "events[1].payBefore is not a time in epoch milliseconds"],
    [{ createdAt: undefined }, "events[1].createdAt is not a time in epoch milliseconds"],
    [{ updatedAt: 253_402_300_800_000 }, "events[1].updatedAt is not a time in epoch milliseconds"],
  ])("names the event that is wrong: %j", (changes, reason) => {
    expect(reasonOf(withEvent(changes))).toBe(reason);
  });

  it.each([
    { userId: "u".repeat(128) },
    { quantity: 1 },
    { amountMinor: 0 },
    { amountMinor: Number.MAX_SAFE_INTEGER },
    { updatedAt: 253_402_300_799_999 },
  ])("takes a value at its bound: %j", (changes) => {
    expect(reasonOf(withEvent(changes))).toBeNull();
  });

  it("takes a full message, and neither an empty nor an overfull one", () => {
    const orders = Array.from({ length: ORDER_EVENTS_PER_MESSAGE_MAX + 1 }, (_, i) => sampleOrder(i + 1));
    expect(reasonOf(sampleMessage(orders.slice(1)))).toBeNull();
    expect(reasonOf(sampleMessage(orders))).toBe("events is not a list of 1 to 250");
    expect(reasonOf(sampleMessage([]))).toBe("events is not a list of 1 to 250");
  });
});
