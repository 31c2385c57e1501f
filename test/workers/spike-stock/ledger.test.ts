import { describe, expect, it } from "vitest";
import { EXPIRY_PAGE_ORDERS } from "../../../durable-objects/spike-stock/turn.ts";
import { LEDGER_BATCH_MAX, STOCK_MAX } from "../../../workers/shared/limits.ts";
import { buy, HOLD_MS, inWorld, NOW, sale } from "./in-world.ts";
import type { World } from "./model/world.ts";
import { purchase, spikeConfig } from "./spikes.ts";

describe("a batch", () => {
  it("is at most so large", () =>
    inWorld({ stock: 1_000 }, ({ ledger }) => {
      const requests = Array.from({ length: LEDGER_BATCH_MAX + 1 }, (_, n) => purchase(`user${n}`));
      expect(() => ledger.reserve(requests)).toThrow(RangeError);
      expect(ledger.view().held).toBe(0);
      expect(ledger.reserve(requests.slice(1)).results).toHaveLength(LEDGER_BATCH_MAX);
      expect(ledger.reserve([]).results).toEqual([]);
    }));

  it.each([0, -1, 1.5, Number.NaN])("with a quantity of %d changes nothing", (quantity) =>
    inWorld({}, ({ ledger }) => {
      const requests = [purchase("alice"), purchase("bob", { quantity })];
      expect(() => ledger.reserve(requests)).toThrow(RangeError);
      expect(ledger.view().held).toBe(0);
    }),
  );

  it("that is refused writes no row", () =>
    inWorld({ stock: 1 }, (world, storage) => {
      buy(world, "alice");
      const { rowsWritten } = countWrites(storage, () =>
        world.ledger.reserve([purchase("bob"), purchase("bob")]),
      );
      expect(rowsWritten).toBe(0);
    }));
});

describe("configuring", () => {
  it("takes a newer version only", () =>
    inWorld({}, ({ ledger }) => {
      const newer = spikeConfig({ ...sale, version: 3, title: "New" });
      expect(ledger.configure(newer).configVersion).toBe(3);
      expect(ledger.configure({ ...newer, version: 2, title: "Late" }).configVersion).toBe(3);
      expect(ledger.header.spikeTitle).toBe("New");
    }));

  it.each([
    ["before the start", { startsAt: NOW + 1 }, 25],
    ["from the start on", { startsAt: NOW }, 10],
  ])("changes the stock %s", (_, changes, total) =>
    inWorld(changes, ({ ledger }) => {
      ledger.configure(spikeConfig({ ...sale, ...changes, version: 2, stock: 25 }));
      expect(ledger.view()).toMatchObject({ total, available: total });
    }),
  );

  it("keeps what was restocked when the stock changes", () =>
    inWorld({ startsAt: NOW + 1 }, ({ ledger }) => {
      ledger.restock(5, "one");
      ledger.configure(spikeConfig({ ...sale, startsAt: NOW + 1, version: 2, stock: 3 }));
      expect(ledger.view()).toMatchObject({ total: 8, available: 8 });
    }));

  it("never turns one sale into another", () =>
    inWorld({}, ({ ledger }) => {
      expect(() => ledger.configure(spikeConfig({ ...sale, id: "other", version: 2 }))).toThrow(
        "cannot become",
      );
    }));

  it("of the hold changes later reservations only", () =>
    inWorld({}, (world) => {
      buy(world, "alice");
      world.ledger.configure(spikeConfig({ ...sale, version: 2, holdSeconds: 1 }));
      buy(world, "bob");
      const payBefore = world.ledger.orders(0, 10).orders.map((order) => order.payBefore);
      expect(payBefore).toEqual([NOW + HOLD_MS, NOW + 1_000]);
      world.now = NOW + 1_000;
      world.ring();
      expect(world.ledger.view().orders).toMatchObject({ reserved: 1, expired: 1 });
    }));
});

describe("restocking", () => {
  it.each([0, -3, 0.5])("by %d is refused", (quantity) =>
    inWorld({}, ({ ledger }) => expect(() => ledger.restock(quantity, "one")).toThrow(RangeError)),
  );

  it("stops at the largest stock, and can then be repeated with less", () =>
    inWorld({}, ({ ledger }) => {
      const room = STOCK_MAX - 10;
      const tooMany = { ok: false, code: "too_many_units" };
      expect(ledger.restock(room + 1, "one")).toEqual(tooMany);
      expect(ledger.restock(room, "one")).toMatchObject({ ok: true, view: { total: STOCK_MAX } });
      expect(ledger.restock(1, "two")).toEqual(tooMany);
      expect(ledger.restock(room, "one")).toMatchObject({ ok: true, view: { total: STOCK_MAX } });
    }));
});

describe("time to pay", () => {
  it.each([
    ["a millisecond before its end", -1, "reserved"],
    ["at its end", 0, "expired"],
  ])("%s an order is %s", (_, offset, state) =>
    inWorld({}, (world) => {
      const orderId = buy(world, "alice");
      world.now += HOLD_MS + offset;
      world.ring();
      expect(world.ledger.lookup([{ orderId, userId: "alice" }])[0]?.order.state).toBe(state);
    }),
  );

  it("that is over frees the units for the next request, alarm or not", () =>
    inWorld({ stock: 1 }, (world) => {
      buy(world, "alice");
      world.now += HOLD_MS;
      buy(world, "bob");
      expect(world.ledger.view()).toMatchObject({ held: 1, orders: { reserved: 1, expired: 1 } });
    }));

  it("that is over shows in the status of a sold-out sale, alarm or not", () =>
    inWorld({ stock: 1 }, (world) => {
      buy(world, "alice");
      expect(world.ledger.status().available).toBe(0);
      world.now += HOLD_MS;
      expect(world.ledger.status().available).toBe(1);
    }));

  it("expires a page at once and comes back for the rest", () =>
    inWorld({ stock: 10_000 }, (world) => {
      const count = EXPIRY_PAGE_ORDERS + 1;
      for (let n = 0; n < count; n++) buy(world, `user${n}`);
      const last = world.ledger.orders(count - 1, 1).orders[0]?.orderId ?? "";
      world.now += HOLD_MS;
      world.ledger.setPaused(false);
      expect(world.ledger.view().orders).toMatchObject({ reserved: 1, expired: EXPIRY_PAGE_ORDERS });
      world.ring();
      expect(world.ledger.lookup([{ orderId: last, userId: `user${count - 1}` }])[0]?.order.state).toBe(
        "expired",
      );
    }));

  it("that is over costs the order its place even when a page is full of others", () =>
    inWorld({ stock: EXPIRY_PAGE_ORDERS + 1 }, (world) => {
      for (let n = 0; n <= EXPIRY_PAGE_ORDERS; n++) buy(world, `user${n}`);
      const { orderId, userId } = world.ledger.orders(EXPIRY_PAGE_ORDERS, 1).orders[0] ?? {
        orderId: "",
        userId: "",
      };
      world.now += HOLD_MS;
      expect(world.ledger.cancel(orderId, userId)).toMatchObject({
        code: "order_state",
        order: { state: "expired" },
      });
    }));
});

describe("paying late", () => {
  it("takes the units again while there are any", () =>
    inWorld({ stock: 1 }, (world) => {
      const orderId = buy(world, "alice");
      world.now += HOLD_MS;
      expect(world.ledger.beginPayment(orderId, "alice")).toMatchObject({
        ok: true,
        order: { state: "expired" },
      });
      expect(world.ledger.pay(orderId, "alice", "p", 1)).toMatchObject({
        ok: true,
        order: { state: "paid" },
      });
      expect(world.ledger.view()).toMatchObject({ available: 0, sold: 1, returned: 1 });
    }));

  it("is refused once they went to someone else", () =>
    inWorld({ stock: 1 }, (world) => {
      const orderId = buy(world, "alice");
      world.now += HOLD_MS;
      buy(world, "bob");
      expect(world.ledger.pay(orderId, "alice", "p", 1)).toMatchObject({
        code: "order_state",
        detail: /gone to others/,
      });
    }));

  it("is refused beyond the limit per user", () =>
    inWorld({}, (world) => {
      const orderId = buy(world, "alice", 2);
      world.now += HOLD_MS;
      buy(world, "alice");
      expect(world.ledger.pay(orderId, "alice", "p", 1)).toMatchObject({
        code: "order_state",
        detail: /hold the most/,
      });
    }));

  it("is allowed when the sale is paused or over", () =>
    inWorld({ endsAt: NOW + 1 }, (world) => {
      const [alices, bobs] = [buy(world, "alice"), buy(world, "bob")];
      world.ledger.setPaused(true);
      expect(world.ledger.pay(alices, "alice", "p", 1)).toMatchObject({ ok: true });
      world.now += 1;
      expect(world.ledger.pay(bobs, "bob", "p", 1)).toMatchObject({ ok: true });
    }));
});

describe("open payments", () => {
  it("are those begun before a time, the oldest first, until paid or closed", () =>
    inWorld({}, (world) => {
      const { ledger } = world;
      const [alices, bobs, carols] = ["alice", "bob", "carol"].map((userId) => {
        const orderId = buy(world, userId);
        ledger.beginPayment(orderId, userId);
        world.now += 1;
        return orderId;
      });
      const open = (olderThan: number, limit = 10) =>
        ledger.openPayments(olderThan, limit).map(({ order }) => order.orderId);
      expect(open(NOW + 2)).toEqual([alices, bobs]);
      expect(open(NOW + 10, 1)).toEqual([alices]);
      ledger.pay(alices ?? "", "alice", "p", 1);
      ledger.closePayment(bobs ?? "", 2);
      ledger.cancel(carols ?? "", "carol");
      expect(open(NOW + 10)).toEqual([carols]);
    }));

  it("are joined while their charge may still come, and never closed by the late end of another", () =>
    inWorld({}, (world, storage) => {
      const { ledger } = world;
      const orderId = buy(world, "alice");
      const begin = () => {
        const begun = ledger.beginPayment(orderId, "alice");
        return begun.ok ? begun.attempt : undefined;
      };
      const first = begin();
      expect(begin()).toBe(first);
      ledger.closePayment(orderId, first ?? 0);
      const second = begin();
      expect(second).toBeGreaterThan(first ?? 0);
      ledger.closePayment(orderId, first ?? 0);
      expect(ledger.openPayments(NOW + 1, 10)).toMatchObject([{ order: { orderId }, attempt: second }]);
      expect(storage.sql.exec("SELECT * FROM open_payments").toArray()).toHaveLength(1);
    }));

  it("wait for the refund of a refused charge, which is refused for ever, beside a new attempt", () =>
    inWorld({ stock: 1 }, (world) => {
      const { ledger } = world;
      const orderId = buy(world, "alice");
      const first = attemptFor(world, orderId);
      world.now += HOLD_MS;
      const bobs = buy(world, "bob");
      expect(ledger.pay(orderId, "alice", "late", first)).toMatchObject({ ok: false, code: "order_state" });
      ledger.cancel(bobs, "bob");
      expect(ledger.pay(orderId, "alice", "late", first)).toMatchObject({
        code: "order_state",
        detail: /being refunded/,
      });
      const second = attemptFor(world, orderId);
      expect(second).not.toBe(first);
      expect(ledger.pay(orderId, "alice", "fresh", second)).toMatchObject({ ok: true });
      expect(ledger.openPayments(world.now + 1, 10)).toMatchObject([{ attempt: first }]);
      ledger.closePayment(orderId, first);
      expect(ledger.openPayments(world.now + 1, 10)).toEqual([]);
    }));

  it("keep a ledger from being erased", () =>
    inWorld({}, (world) => {
      const orderId = buy(world, "alice");
      const attempt = attemptFor(world, orderId);
      world.ledger.cancel(orderId, "alice");
      world.ledger.recorded([{ orderId, version: 2 }]);
      expect(world.ledger.isSettled()).toBe(false);
      world.ledger.closePayment(orderId, attempt);
      expect(world.ledger.isSettled()).toBe(true);
    }));
});

describe("a confirmation", () => {
  it.each([
    ["of the version the ledger has", 0, 1, 0],
    ["of an older version", 0, 0, 1],
    ["of a version the ledger never had", 0, 2, 1],
    ["with another order's nonce", 1, 1, 1],
  ])("%s", (_, forged, version, unrecorded) =>
    inWorld({}, (world) => {
      const orderId = buy(world, "alice");
      world.ledger.recorded([{ orderId: forged ? `${orderId}x` : orderId, version }]);
      expect(world.ledger.view().unrecorded).toBe(unrecorded);
    }),
  );

  it("counts the newest of several, and ignores what is not an order", () =>
    inWorld({}, (world) => {
      const orderId = buy(world, "alice");
      world.ledger.pay(orderId, "alice", "p", 1);
      world.ledger.recorded([2, 1].map((version) => ({ orderId, version })));
      world.ledger.recorded([
        { orderId: "nonsense", version: 1 },
        { orderId: "other-1-nonce", version: 1 },
      ]);
      expect(world.ledger.view().unrecorded).toBe(0);
      expect(world.ledger.lookup([{ orderId, userId: "alice" }])[0]).toMatchObject({ recorded: true });
    }));
});

describe("pages of orders", () => {
  it("end with null and miss none", () =>
    inWorld({}, (world) => {
      const ids = ["a", "b", "c"].map((userId) => buy(world, userId));
      const one = world.ledger.orders(0, 2);
      expect(one).toMatchObject({ next: 2, orders: [{ orderId: ids[0] }, { orderId: ids[1] }] });
      expect(world.ledger.orders(one.next ?? 0, 2)).toMatchObject({
        next: null,
        orders: [{ orderId: ids[2] }],
      });
    }));
});

function attemptFor({ ledger }: World, orderId: string): number {
  const begun = ledger.beginPayment(orderId, "alice");
  if (!begun.ok || begun.attempt === undefined) throw new Error("no attempt was opened");
  return begun.attempt;
}

/** How many rows `work` writes, by SQLite's own count. */
function countWrites(storage: DurableObjectStorage, work: () => void): { rowsWritten: number } {
  const changes = () => storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
  const before = changes();
  work();
  return { rowsWritten: changes() - before };
}
