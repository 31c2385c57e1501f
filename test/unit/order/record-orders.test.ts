import { describe, expect, it } from "vitest";
import {
  ISOLATION_CALLS_MAX,
  newestOf,
  PARTS_UNDER_WAY_MAX,
  RECORDED_AT_ONCE_MAX,
  recordOrders,
} from "../../../workers/order/queue/record-orders.ts";
import { retryDelaySeconds, RETRY_LONGEST_SECONDS } from "../../../workers/order/queue/retry-delay.ts";
import { RowsRefused } from "../../../workers/order/store/order-store.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { sampleOrder } from "../../workers/order/samples.ts";

/** A store that refuses any call with a bad order in it, and counts its calls. */
function pickyStore(isBad: (order: OrderSnapshot) => boolean) {
  const store = {
    calls: 0,
    rows: new Set<string>(),
    async upsert(orders: readonly OrderSnapshot[]) {
      store.calls++;
      if (orders.some(isBad)) throw new RowsRefused("SQLITE_CONSTRAINT: bad order");
      for (const { orderId } of orders) store.rows.add(orderId);
    },
  };
  return store;
}

const many = (length: number) => Array.from({ length }, (_, i) => sampleOrder(i + 1));

/** Resolves when all that could go on by itself has. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("newestOf", () => {
  it("keeps the newest version of each order whatever the order of arrival", () => {
    const v1 = sampleOrder(1);
    const v2 = sampleOrder(1, { version: 2, state: "paid" });
    const other = sampleOrder(2);
    expect(newestOf([v1, other, v2, v1])).toEqual([v2, other]);
    expect(newestOf([v2, v1, other])).toEqual([v2, other]);
    expect(newestOf([])).toEqual([]);
  });
});

describe("recordOrders", () => {
  it("does not touch the store for nothing", async () => {
    const store = pickyStore(() => false);
    expect(await recordOrders(store, [])).toEqual({ recorded: [], refused: new Map(), failure: null });
    expect(store.calls).toBe(0);
  });

  it.each([1, 2, 3, 100])("records %i good orders in one call", async (length) => {
    const store = pickyStore(() => false);
    const { recorded, failure } = await recordOrders(store, many(length));
    expect([recorded.length, failure, store.calls]).toEqual([length, null, 1]);
  });

  it.each([
    [RECORDED_AT_ONCE_MAX - 1, [RECORDED_AT_ONCE_MAX - 1]],
    [RECORDED_AT_ONCE_MAX, [RECORDED_AT_ONCE_MAX]],
    [RECORDED_AT_ONCE_MAX + 1, [RECORDED_AT_ONCE_MAX, 1]],
  ])("records %i orders in parts, in order, and tells of each part: %j", async (length, parts) => {
    const told: OrderSnapshot[][] = [];
    const store = pickyStore(() => false);
    const { recorded } = await recordOrders(store, many(length), (part) => told.push(part));
    expect([told.map((part) => part.length), store.calls]).toEqual([parts, parts.length]);
    expect(told.flat()).toEqual(recorded);
    expect(recorded).toEqual(many(length));
  });

  it("makes the next part ready while the database writes one, and never a third", async () => {
    const writing: { part: readonly OrderSnapshot[]; done: () => void }[] = [];
    const store = {
      upsert: (part: readonly OrderSnapshot[]) =>
        new Promise<void>((done) => void writing.push({ part, done })),
    };
    const orders = many(RECORDED_AT_ONCE_MAX * 3);
    const told: OrderSnapshot[] = [];
    const recording = recordOrders(store, orders, (part) => told.push(...part));
    expect(writing.length).toBe(PARTS_UNDER_WAY_MAX);
    writing[1]?.done();
    await settled();
    expect([writing.length, told.length]).toEqual([PARTS_UNDER_WAY_MAX, 0]);
    writing[0]?.done();
    await settled();
    expect(told).toEqual(orders.slice(0, RECORDED_AT_ONCE_MAX * 2));
    writing[2]?.done();
    expect((await recording).recorded).toEqual(orders);
  });

  it("begins nothing after a failure, and counts what was under way by what became of it", async () => {
    let calls = 0;
    const store = {
      async upsert() {
        if (++calls === 1) throw new Error("D1 is away");
      },
    };
    const orders = many(RECORDED_AT_ONCE_MAX * 3);
    const { recorded, failure } = await recordOrders(store, orders);
    expect([calls, failure]).toEqual([PARTS_UNDER_WAY_MAX, new Error("D1 is away")]);
    expect(recorded).toEqual(orders.slice(RECORDED_AT_ONCE_MAX, RECORDED_AT_ONCE_MAX * 2));
  });

  it.each([
    { length: 1, bad: [1] },
    { length: 2, bad: [2] },
    { length: 100, bad: [1, 50, 100] },
    { length: 7, bad: [1, 2, 3, 4, 5, 6, 7] },
  ])("finds the bad ones and records the rest: $length, $bad", async ({ length, bad }) => {
    const orders = many(length);
    const badIds = bad.map((sequence) => sampleOrder(sequence).orderId);
    const store = pickyStore(({ orderId }) => badIds.includes(orderId));
    const { recorded, refused, failure } = await recordOrders(store, orders);
    expect([...refused.keys()].sort()).toEqual([...badIds].sort());
    expect(recorded.length).toBe(length - bad.length);
    expect(store.rows).toEqual(new Set(recorded.map(({ orderId }) => orderId)));
    expect(failure).toBeNull();
  });

  it("stops looking for bad orders at the bound and leaves the rest for later", async () => {
    const store = pickyStore(() => true);
    const { recorded, refused, failure } = await recordOrders(store, many(1000));
    expect(store.calls).toBe(ISOLATION_CALLS_MAX);
    expect(refused.size).toBeGreaterThan(0);
    expect(refused.size + recorded.length).toBeLessThan(1000);
    expect(failure).toBeInstanceOf(Error);
  });

  it("stops at a failure that may pass, and keeps what is known by then", async () => {
    const bad = sampleOrder(4).orderId;
    let calls = 0;
    const outcome = await recordOrders(
      {
        async upsert(orders) {
          if (++calls > 2) throw new Error("D1 is away");
          if (orders.some(({ orderId }) => orderId === bad)) throw new RowsRefused("bad");
        },
      },
      many(4),
    );
    expect(outcome.recorded.map(({ version }) => version)).toEqual([1, 1]);
    expect(outcome.refused.size).toBe(0);
    expect(outcome.failure).toEqual(new Error("D1 is away"));
  });
});

describe("retryDelaySeconds", () => {
  it("doubles with each delivery up to its bound, and is jittered between half and all of it", () => {
    const bounds = [1, 2, 3, 8, 9, 11, 1000].map((n) => [retryDelaySeconds(n, 0), retryDelaySeconds(n, 1)]);
    expect(bounds).toEqual([
      [1, 2],
      [2, 4],
      [4, 8],
      [128, 256],
      [150, RETRY_LONGEST_SECONDS],
      [150, RETRY_LONGEST_SECONDS],
      [150, RETRY_LONGEST_SECONDS],
    ]);
  });
});
