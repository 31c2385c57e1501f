import { type Evidence, Notes, type Receipt } from "../../../bench/load/evidence.ts";
import type { AdminOrder, WireOrderState } from "../../../bench/load/wire.ts";

export const STARTS_AT = Date.parse("2026-11-11T12:00:00Z");
const PRICE_MINOR = 9_900;

export function orderOf(index: number, state: WireOrderState): AdminOrder {
  return {
    id: `order-${index}`,
    spikeId: "spike",
    userId: `user-${index}`,
    quantity: 1,
    amountMinor: PRICE_MINOR,
    state,
    createdAt: STARTS_AT + index,
    updatedAt: STARTS_AT + 1_000 + index,
  };
}

/**
 * A sale of ten units without a flaw: orders 0 to 7 and 10, 11 are paid, 8 was cancelled and 9 expired,
 * and what came back was sold again.
 */
export function flawless(): Evidence {
  const states = [...Array<WireOrderState>(8).fill("paid"), "cancelled", "expired", "paid", "paid"] as const;
  const notes = new Notes();
  notes.receipts.push(
    ...states.map((state, index): Receipt => {
      const told = state === "expired" ? "reserved" : state;
      return { userId: `user-${index}`, orderId: `order-${index}`, quantity: 1, told };
    }),
  );
  notes.repeatedKeys = 3;
  notes.forgedTokens = 5;
  const end = { total: 10, available: 0, held: 0, sold: 10, returned: 2, scheduled: 0 };
  return {
    stock: 10,
    maxPerUser: 1,
    priceMinor: PRICE_MINOR,
    notes,
    ledger: { ...end, orders: { reserved: 0, paid: 10, cancelled: 1, expired: 1 } },
    samples: [
      { atMs: 0, total: 10, available: 10, held: 0, sold: 0, returned: 0, scheduled: 0 },
      { atMs: 500, ...end },
    ],
    orders: states.map((state, index) => orderOf(index, state)),
    barred: [],
    attempts: { people: 20, bots: 0 },
    peopleToldBlacklisted: 0,
    leftAsking: 0,
  };
}
