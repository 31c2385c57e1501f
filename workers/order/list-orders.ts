import type { OrderSnapshot, OrderState } from "../shared/order.ts";
import { Refusal } from "../shared/refusals.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { openOrderStore } from "./store/open-order-store.ts";
import type { OrderFilter } from "./store/order-store.ts";

/** Orders on one page. */
export const ORDER_PAGE_SIZE = 20;

export interface OrderListPage {
  orders: OrderSnapshot[];
  /** For the page after this one; absent on the last. */
  nextCursor?: string;
}

/** A page of the user's own recorded orders, newest first. @throws Refusal `invalid_request` for a bad cursor. */
export function listOrdersOf(
  env: Env,
  userId: string,
  query: { state?: OrderState | undefined; cursor?: string | undefined },
): Promise<OrderListPage> {
  return listOrders(env, { userId, state: query.state }, query.cursor);
}

/**
 * A page of all recorded orders that match, newest first: for admins, or with a user in the filter.
 * @throws Refusal `invalid_request` for a bad cursor.
 */
export async function listOrders(
  env: Env,
  filter: OrderFilter,
  cursor: string | undefined,
  pageSize: number = ORDER_PAGE_SIZE,
): Promise<OrderListPage> {
  const before = cursor === undefined ? null : decodeCursor(cursor);
  if (cursor !== undefined && before === null) {
    const message = "not a cursor that an earlier page gave";
    throw new Refusal("invalid_request", { errors: [{ path: "cursor", message }] });
  }
  const { orders, next } = await openOrderStore(env).page(filter, before, pageSize);
  return { orders, ...(next && { nextCursor: encodeCursor(next) }) };
}
