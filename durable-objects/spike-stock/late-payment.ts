import { type Holding, isActive, unitsOf } from "./reserve.ts";
import type { OrderRow } from "./rows.ts";
import type { Turn } from "./turn.ts";

/** Whether paying the order would take units that are for sale again, or will be by `now`, epoch milliseconds. */
export function isLate({ state, payBefore }: OrderRow, now: number): boolean {
  return state === "expired" || (state === "reserved" && payBefore <= now);
}

/**
 * Why the units of an expired order cannot be taken again, null when they can.
 * @param mine all orders of its owner.
 */
export function retakeProblem(
  row: OrderRow,
  mine: readonly Holding[],
  { now, stock }: Pick<Turn, "now" | "stock">,
  maxPerUser: number,
): string | null {
  if (now < stock.closedUntil) return "The time to pay is over and the sale is being closed.";
  if (row.quantity > stock.available) return "The time to pay is over and the stock has gone to others.";
  const active = unitsOf(mine.filter((holding) => isActive(holding, now)));
  if (active + row.quantity <= maxPerUser) return null;
  return "The time to pay is over and you hold the most this sale allows by now.";
}
