import { describe, expect, it } from "vitest";
import type { ReserveRequest } from "../../../durable-objects/spike-stock/messages.ts";
import {
  decideReservations,
  type Holding,
  type ReserveContext,
} from "../../../durable-objects/spike-stock/reserve.ts";
import { ORDERS_PER_USER_MAX } from "../../../workers/shared/limits.ts";
import { spikeConfig } from "../../workers/spike-stock/spikes.ts";
import { stockOf } from "./stocks.ts";

const NOW = 1_000_000;
const HOLD_SECONDS = 60;
const config = spikeConfig({
  id: "sale",
  priceMinor: 250,
  maxPerUser: 3,
  holdSeconds: HOLD_SECONDS,
  startsAt: NOW,
  endsAt: NOW + 1,
});

function context(changes: Partial<ReserveContext> = {}): ReserveContext {
  return { now: NOW, config, stock: stockOf(10), holdings: new Map(), newNonce: () => "nonce", ...changes };
}

function ask(changes: Partial<ReserveRequest> = {}): ReserveRequest {
  return { userId: "alice", quantity: 1, key: "key", requestId: "request", ...changes };
}

function held(changes: Partial<Holding> = {}): Holding {
  return {
    ...{ userId: "alice", key: "old", sequence: 7, nonce: "old7", quantity: 1 },
    ...{ state: "reserved", payBefore: NOW + 1, ...changes },
  };
}

function holding(...holdings: Holding[]): ReserveContext {
  return context({ holdings: new Map([["alice", holdings]]) });
}

const first = (request: ReserveRequest, given: ReserveContext) =>
  decideReservations([request], given).results[0];

describe("a reservation", () => {
  it("takes the units, the next sequence and the price of the moment", () => {
    const given = context({ stock: { ...stockOf(10), lastSequence: 41 } });
    const { results, reservations } = decideReservations([ask({ quantity: 2 })], given);
    expect(results).toEqual([{ ok: true, orderId: "sale-16-nonce", payBefore: NOW + HOLD_SECONDS * 1000 }]);
    expect(reservations).toMatchObject([
      { sequence: 42, state: "reserved", quantity: 2, amountMinor: 500, version: 1, createdAt: NOW },
    ]);
    expect(given.stock).toMatchObject({ available: 8, held: 2, reserved: 1, lastSequence: 42 });
  });

  it.each([
    ["all that is left", 3, true],
    ["one less than is left", 2, true],
    ["one more than is left", 4, false],
  ])("of %s", (_, quantity, ok) => {
    const given = context({ stock: stockOf(3), config: { ...config, maxPerUser: 10 } });
    expect(first(ask({ quantity }), given)).toMatchObject(ok ? { ok } : { ok, code: "sold_out" });
  });

  it("that is too large leaves the last unit to a smaller one behind it", () => {
    const given = context({ stock: stockOf(1) });
    const { results } = decideReservations([ask({ quantity: 2 }), ask({ userId: "bob" })], given);
    expect(results).toMatchObject([{ code: "sold_out" }, { ok: true }]);
  });
});

describe("the limit per user", () => {
  it.each([
    ["below", 1, 1, true],
    ["at", 2, 1, true],
    ["above", 3, 1, false],
    ["above, by the quantity", 1, 3, false],
  ])("%s it", (_, has, quantity, ok) => {
    const result = first(ask({ quantity }), holding(held({ quantity: has })));
    expect(result).toMatchObject(ok ? { ok } : { ok, code: "limit_reached", orderId: "sale-7-old7" });
  });

  it.each([
    ["reserved", NOW + 1, false],
    ["reserved", NOW, true],
    ["paid", NOW - 1, false],
    ["cancelled", NOW + 1, true],
    ["expired", NOW - 1, true],
  ] as const)("counts an order that is %s and to be paid before %d: may buy %s", (state, payBefore, ok) => {
    const result = first(ask(), holding(held({ quantity: 3, state, payBefore })));
    expect(result).toMatchObject({ ok });
  });

  it("names the newest active order", () => {
    const given = holding(
      held({ key: "a", sequence: 1, nonce: "aaaa", quantity: 2 }),
      held({ key: "b", sequence: 3, nonce: "bbbb" }),
      held({ key: "c", sequence: 5, nonce: "cccc", state: "cancelled" }),
    );
    expect(first(ask(), given)).toEqual({ ok: false, code: "limit_reached", orderId: "sale-3-bbbb" });
  });

  it("names no order when the limit itself is too low", () => {
    expect(first(ask({ quantity: 4 }), context())).toEqual({ ok: false, code: "limit_reached" });
  });

  it("counts what the same batch took", () => {
    const requests = ["a", "b", "c", "d"].map((key) => ask({ key }));
    const { results } = decideReservations(requests, context());
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, false]);
  });

  it.each([
    [ORDERS_PER_USER_MAX - 1, true],
    [ORDERS_PER_USER_MAX, false],
  ])("after %d orders given up", (count, ok) => {
    const given = holding(
      ...Array.from({ length: count }, (_, n) => held({ key: `k${n}`, sequence: n + 1, state: "cancelled" })),
    );
    expect(first(ask(), given)).toMatchObject(ok ? { ok } : { ok, code: "limit_reached" });
  });
});

describe("an idempotency key", () => {
  it.each(["reserved", "paid", "cancelled", "expired"] as const)("of an order that is %s", (state) => {
    const given = holding(held({ key: "key", state, payBefore: 123 }));
    expect(first(ask(), given)).toEqual({ ok: true, orderId: "sale-7-old7", payBefore: 123 });
    expect(given.stock).toEqual(stockOf(10));
  });

  it.each([
    ["over", { now: NOW + 1 }],
    ["paused", { stock: { ...stockOf(10), paused: true } }],
    ["sold out", { stock: stockOf(0) }],
  ])("is honoured when the sale is %s", (_, changes) => {
    const given = { ...holding(held({ key: "key" })), ...changes };
    expect(first(ask(), given)).toMatchObject({ ok: true, orderId: "sale-7-old7" });
  });

  it("of another quantity is a conflict, before anything else", () => {
    const given = { ...holding(held({ key: "key" })), now: NOW + 1 };
    expect(first(ask({ quantity: 2 }), given)).toEqual({ ok: false, code: "idempotency_conflict" });
  });

  it("repeated within a batch takes stock once", () => {
    const given = context();
    const { results, reservations } = decideReservations([ask(), ask()], given);
    expect(results[0]).toEqual(results[1]);
    expect(reservations).toHaveLength(1);
    expect(given.stock.available).toBe(9);
  });

  it("belongs to its user", () => {
    const { reservations } = decideReservations([ask(), ask({ userId: "bob" })], context());
    expect(reservations).toHaveLength(2);
  });

  it("of a refused request is free again", () => {
    const { results } = decideReservations([ask({ quantity: 4 }), ask()], context());
    expect(results).toMatchObject([{ code: "limit_reached" }, { ok: true }]);
  });
});

describe("the phase", () => {
  it.each([
    [NOW - 1, { ok: false, code: "too_early", startsAt: NOW }],
    [NOW, { ok: true }],
    [NOW + 1, { ok: false, code: "ended" }],
  ])("at %d", (now, expected) => {
    expect(first(ask(), context({ now }))).toMatchObject(expected);
  });

  it("is paused before limit and stock are looked at", () => {
    const given = { ...holding(held({ quantity: 3 })), stock: { ...stockOf(0), paused: true } };
    expect(first(ask(), given)).toEqual({ ok: false, code: "paused" });
  });

  it("comes before the limit, the limit before the stock", () => {
    const full = { ...holding(held({ quantity: 3 })), stock: stockOf(0) };
    expect(first(ask(), { ...full, now: NOW + 1 })).toMatchObject({ code: "ended" });
    expect(first(ask(), full)).toMatchObject({ code: "limit_reached" });
  });
});
