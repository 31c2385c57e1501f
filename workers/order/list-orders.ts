import { decodeCursor, encodeCursor } from "../shared/cursor.ts";
import type { OrderSnapshot } from "../shared/order.ts";
import { withOrderStore } from "./store/open-order-store.ts";
import type { OrderFilter } from "./store/order-store.ts";

/** Orders on one page. */
export const ORDER_PAGE_SIZE = 20;

export interface OrderListPage {
  orders: OrderSnapshot[];
  /** For the page after this one; absent on the last. */
  nextCursor?: string;
}

/**
 * A page of the recorded orders that match, newest first. A shopper's own list has a user in its filter.
 * @throws Refusal `invalid_request` for a cursor that no page gave out.
 */
export async function listOrders(
  env: Env,
  filter: OrderFilter,
  cursor: string | undefined,
  pageSize: number = ORDER_PAGE_SIZE,
): Promise<OrderListPage> {
  const before = decodeCursor(cursor);
  const { orders, next } = await withOrderStore(env, (store) => store.page(filter, before, pageSize));
  return { orders, ...(next && { nextCursor: encodeCursor(next) }) };
}
