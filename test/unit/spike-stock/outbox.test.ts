import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import {
  MESSAGE_MAX_BYTES,
  OutboxSender,
  packMessages,
  PENDING_EVENTS_MAX,
  ROUND_PAUSE_MS,
  SENDS_IN_FLIGHT_MAX,
} from "../../../durable-objects/spike-stock/outbox.ts";
import { ORDER_EVENTS_PER_MESSAGE_MAX } from "../../../workers/shared/limits.ts";
import type { OrderEvent, OrderEventsMessage } from "../../../workers/shared/order.ts";

const header = { spikeId: "sale", spikeTitle: "Kettle", currency: "EUR" };

function event(n: number, changes: Partial<OrderEvent> = {}): OrderEvent {
  return {
    ...{ orderId: `sale-${n}-nonce`, userId: `u${n}`, quantity: 1, amountMinor: 100, state: "reserved" },
    ...{ version: 1, payBefore: 2, createdAt: 1, updatedAt: 1, requestId: `r${n}`, ...changes },
  };
}

const events = (count: number) => Array.from({ length: count }, (_, n) => event(n));
const sizeOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength;
const flat = (messages: OrderEventsMessage[]) => messages.flatMap((message) => message.events);

describe("packing", () => {
  it.each([
    [0, []],
    [ORDER_EVENTS_PER_MESSAGE_MAX - 1, [ORDER_EVENTS_PER_MESSAGE_MAX - 1]],
    [ORDER_EVENTS_PER_MESSAGE_MAX, [ORDER_EVENTS_PER_MESSAGE_MAX]],
    [ORDER_EVENTS_PER_MESSAGE_MAX + 1, [ORDER_EVENTS_PER_MESSAGE_MAX, 1]],
  ])("%d events by count", (count, expected) => {
    const packed = packMessages(header, events(count));
    expect(packed.map((message) => message.events.length)).toEqual(expected);
  });

  it("counts bytes, not characters, and halves what is too long", () => {
    const long = events(200).map((one) => ({ ...one, requestId: "保".repeat(300) }));
    const packed = packMessages(header, long);
    expect(packed.length).toBeGreaterThan(1);
    for (const message of packed) expect(sizeOf(message)).toBeLessThanOrEqual(MESSAGE_MAX_BYTES);
    expect(flat(packed)).toEqual(long);
  });

  it("fills a message to the last byte", () => {
    const room = MESSAGE_MAX_BYTES - sizeOf(packMessages(header, [event(1, { requestId: "" }), event(2)])[0]);
    const fitting = [event(1, { requestId: "x".repeat(room) }), event(2)];
    expect(packMessages(header, fitting)).toHaveLength(1);
    const overflowing = [event(1, { requestId: "x".repeat(room + 1) }), event(2)];
    expect(packMessages(header, overflowing)).toHaveLength(2);
  });
});

/** A queue whose sends end when the test says so. */
class HeldQueue {
  readonly sent: OrderEventsMessage[] = [];
  #waiting: PromiseWithResolvers<void>[] = [];

  get inFlight(): number {
    return this.#waiting.length;
  }

  send(message: OrderEventsMessage): Promise<void> {
    const send = Promise.withResolvers<void>();
    this.sent.push(message);
    this.#waiting.push(send);
    return send.promise;
  }

  async finish(error?: Error): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) {
      if (error) send.reject(error);
      else send.resolve();
    }
    // One turn of the event loop: whoever waited for these sends has gone on by then.
    await scheduler.wait(0);
  }
}

/** Pauses that end when the test says so. */
class HeldPause {
  readonly lengths: number[] = [];
  #end: () => void = () => undefined;

  readonly pause = (ms: number): Promise<void> => {
    this.lengths.push(ms);
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  };

  async end(): Promise<void> {
    this.#end();
    await scheduler.wait(0);
  }
}

describe("the sender", () => {
  let queue: HeldQueue;
  let rounds: HeldPause;
  let sender: OutboxSender;
  let warn: MockInstance<typeof console.warn>;

  beforeEach(() => {
    queue = new HeldQueue();
    rounds = new HeldPause();
    sender = new OutboxSender(queue, () => header, rounds.pause);
    warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const sentOrders = () => queue.sent.map(({ events }) => events.map(({ orderId }) => orderId));

  it("sends the first at once, and gathers while it is on its way and for a pause after it", async () => {
    sender.offer([event(1)]);
    const drained = sender.drain();
    expect(sentOrders()).toEqual([["sale-1-nonce"]]);
    for (const n of [2, 3]) {
      sender.offer([event(n)]);
      void sender.drain();
    }
    await queue.finish();
    sender.offer([event(4)]);
    void sender.drain();
    expect(queue.sent).toHaveLength(1);
    expect(rounds.lengths).toEqual([ROUND_PAUSE_MS]);
    await rounds.end();
    expect(sentOrders().slice(1)).toEqual([["sale-2-nonce", "sale-3-nonce", "sale-4-nonce"]]);
    await queue.finish();
    await rounds.end();
    await drained;
  });

  it("starts again after it has finished", async () => {
    for (const n of [1, 2]) {
      sender.offer([event(n)]);
      const drained = sender.drain();
      await queue.finish();
      await rounds.end();
      await drained;
    }
    expect(queue.sent).toHaveLength(2);
    await sender.drain();
    expect(queue.sent).toHaveLength(2);
  });

  it("sends only the newer of two events of an order", async () => {
    sender.offer([event(1), event(1, { version: 2, state: "paid" })]);
    void sender.drain();
    expect(queue.sent[0]?.events).toMatchObject([{ version: 2, state: "paid" }]);
    await queue.finish();
  });

  it("survives a queue that refuses, and goes on with what came since", async () => {
    sender.offer([event(1)]);
    const drained = sender.drain();
    sender.offer([event(2)]);
    await queue.finish(new Error("queue is away"));
    await rounds.end();
    await queue.finish();
    await rounds.end();
    await expect(drained).resolves.toBeUndefined();
    expect(sentOrders()).toEqual([["sale-1-nonce"], ["sale-2-nonce"]]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("outbox_send_failed"));
  });

  it("takes what is newer of an order it has, also after one that finds no room", async () => {
    const newer = event(1, { version: 2, state: "paid" });
    sender.offer([...events(PENDING_EVENTS_MAX), event(PENDING_EVENTS_MAX + 1), newer]);
    const drained = sender.drain();
    while (queue.inFlight > 0) await queue.finish();
    await rounds.end();
    await drained;
    expect(flat(queue.sent).filter(({ orderId }) => orderId === newer.orderId)).toEqual([newer]);
  });

  it.each([
    [PENDING_EVENTS_MAX - 1, PENDING_EVENTS_MAX - 1],
    [PENDING_EVENTS_MAX, PENDING_EVENTS_MAX],
    [PENDING_EVENTS_MAX + 1, PENDING_EVENTS_MAX],
  ])("of %d events keeps %d in memory, in few sends at once", async (count, kept) => {
    sender.offer(events(count));
    const drained = sender.drain();
    expect(queue.inFlight).toBe(SENDS_IN_FLIGHT_MAX);
    while (queue.inFlight > 0) {
      expect(queue.inFlight).toBeLessThanOrEqual(SENDS_IN_FLIGHT_MAX);
      await queue.finish();
    }
    await rounds.end();
    await drained;
    expect(flat(queue.sent)).toHaveLength(kept);
  });
});
