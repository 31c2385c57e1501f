import { describe, expect, it } from "vitest";
import { afterChange, afterLook, nextLookMs, type OrderStatus } from "../../../client/order/order-watch.ts";
import type { WireOrder } from "../../../workers/order/schemas.ts";

const NOW = Date.parse("2026-11-11T00:00:00Z");
const order: WireOrder = {
  id: "s-1-abcd",
  spikeId: "s",
  spikeTitle: "Lamp",
  quantity: 1,
  amountMinor: 4_900,
  currency: "EUR",
  state: "reserved",
  payBefore: "2026-11-11T00:05:00.000Z",
  createdAt: "2026-11-11T00:00:00.000Z",
  updatedAt: "2026-11-11T00:00:00.000Z",
};
const loading: OrderStatus = { kind: "loading" };
const known: OrderStatus = { kind: "known", order, remark: undefined };
const onItsWay = {
  ok: true,
  status: 202,
  body: { orderId: order.id, state: "reserved", recorded: false },
} as const;
const no = (code: "network" | "unauthenticated" | "not_found" | "order_state" | "overloaded", more = {}) =>
  ({ ok: false, failure: { code, ...more } }) as const;

describe("an order's page", () => {
  it("looks soon while the order is on its way, and less often the longer it takes", () => {
    let status: OrderStatus = loading;
    const pauses = Array.from({ length: 5 }, () => {
      status = afterLook(status, onItsWay);
      return nextLookMs(status, NOW);
    });
    expect(pauses).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
  });

  it("tells a stranger's order from one that is merely out of reach", () => {
    expect(afterLook(loading, no("unauthenticated"))).toEqual({ kind: "anonymous" });
    expect(afterLook(loading, no("not_found"))).toEqual({ kind: "missing" });
    expect(afterLook(loading, no("network"))).toEqual({ kind: "unreachable" });
    expect(afterLook(known, no("network"))).toEqual({ ...known, remark: "unreachable" });
  });

  it("looks again when the reservation must have ended, and never for a settled order", () => {
    expect(nextLookMs(known, NOW)).toBe(300_000 + 1_500);
    expect(nextLookMs(known, NOW + 400_000)).toBe(1_500);
    const paid: OrderStatus = { kind: "known", order: { ...order, state: "paid" }, remark: undefined };
    expect(nextLookMs(paid, NOW)).toBeUndefined();
  });

  it("keeps saying that a payment failed, until the order is no longer to be paid", () => {
    for (const code of ["network", "overloaded"] as const) {
      const { status, needsLook } = afterChange(known, no(code));
      expect(status).toMatchObject({ remark: "failed" });
      expect(needsLook).toBe(true);
      const answer = { ok: true, status: 200, body: order } as const;
      expect(afterLook(status, answer)).toMatchObject({ remark: "failed" });
      const paid = { ...answer, body: { ...order, state: "paid" as const } };
      expect(afterLook(status, paid)).toMatchObject({ remark: undefined });
    }
  });

  it("lets an order be paid while it is on its way to the database", () => {
    const recording = afterLook(loading, onItsWay);
    const failed = afterChange(recording, no("overloaded")).status;
    expect(afterLook(failed, onItsWay)).toMatchObject({ kind: "recording", remark: "failed" });
    const paid = { ok: true, status: 200, body: { ...order, state: "paid" as const } } as const;
    expect(afterChange(recording, paid).status).toMatchObject({ kind: "known", order: { state: "paid" } });
  });

  it("says that a change came too late, and that the money goes back", () => {
    expect(afterChange(known, no("order_state"))).toEqual({
      status: { ...known, remark: "changed" },
      needsLook: true,
    });
    expect(afterChange(known, no("order_state", { refunded: true })).status).toMatchObject({
      remark: "refunded",
    });
    const expired = { ...order, state: "expired" as const };
    const later = afterLook({ ...known, remark: "refunded" }, { ok: true, status: 200, body: expired });
    expect(later).toEqual({ kind: "known", order: expired, remark: "refunded" });
  });

  it("drops a remark about the network once there is an answer", () => {
    const answered = afterLook({ ...known, remark: "unreachable" }, { ok: true, status: 200, body: order });
    expect(answered).toEqual(known);
  });
});
