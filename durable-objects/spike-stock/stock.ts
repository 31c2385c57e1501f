import type { OrderState } from "../../workers/shared/order.ts";

/** Where the units of a spike are, and how many orders are in each state. */
export interface Stock extends Record<OrderState, number> {
  /** Units ever put on sale. */
  total: number;
  /** Units for sale now. */
  available: number;
  /** Units of reserved orders. */
  held: number;
  /** Units of paid orders. */
  sold: number;
  /** Units that came back, cancelled and expired, ever. */
  returned: number;
  /** Units of waves still to come; not in `total`. */
  scheduled: number;
  /** An admin stopped this sale. */
  paused: boolean;
  /** An admin stopped every sale. */
  halted: boolean;
  /** Version of the settings that last said whether every sale is stopped. */
  switchVersion: number;
  /** Nothing is sold before this time, because the sale is being deleted; epoch milliseconds, 0 for no such time. */
  closedUntil: number;
  /** Sequence of the newest order. */
  lastSequence: number;
}

/** Which pile an order's units lie on while it is in a state. */
const PILE_OF = {
  reserved: "held",
  paid: "sold",
  cancelled: "available",
  expired: "available",
} as const satisfies Record<OrderState, "available" | "held" | "sold">;

/**
 * The only way units move: an order of `quantity` units goes from one state to another, a new one
 * (`from` null) comes off the shelf. Changes `stock` in place.
 * @throws when a pile would go below zero or the ledger would no longer balance; the caller's
 * transaction must then roll back.
 */
export function moveUnits(stock: Stock, from: OrderState | null, to: OrderState, quantity: number): void {
  stock[from ? PILE_OF[from] : "available"] -= quantity;
  stock[PILE_OF[to]] += quantity;
  if (from) stock[from] -= 1;
  stock[to] += 1;
  if (PILE_OF[to] === "available") stock.returned += quantity;
  assertBalanced(stock);
}

/** Whether nothing may be sold now, for this sale's own reasons or for all. */
export function isStopped({ paused, halted }: Pick<Stock, "paused" | "halted">): boolean {
  return paused || halted;
}

/** Puts `quantity` more units (or fewer, when negative) on sale, changing `stock` in place. */
export function addUnits(stock: Stock, quantity: number): void {
  stock.total += quantity;
  stock.available += quantity;
  assertBalanced(stock);
}

/** Puts `quantity` units of a wave on sale that were scheduled so far, changing `stock` in place. */
export function releaseUnits(stock: Stock, quantity: number): void {
  stock.scheduled -= quantity;
  addUnits(stock, quantity);
}

/** `total = available + held + sold`, and no pile below zero. @throws when it does not hold. */
export function assertBalanced(stock: Stock): void {
  const { total, available, held, sold, scheduled } = stock;
  const piles = [available, held, sold, scheduled];
  const balanced = total === available + held + sold && piles.every((units) => units >= 0);
  if (!balanced) throw new Error(`ledger out of balance: ${JSON.stringify(stock)}`);
}
