import { isIn, parseOrderId } from "../../workers/shared/ids.ts";
import type { LedgerConfig } from "../../workers/shared/spike.ts";
import { refOf } from "../../workers/shared/stripes.ts";
import type { FoundOrders, OrderPage } from "./messages.ts";
import { snapshotOf } from "./projection.ts";
import type { LedgerStore } from "./store.ts";

/*
 * Reading many orders, for comparing the ledger with the database. Nothing here changes anything.
 */

/** Orders in one page, and ids or payments asked for at once, at most. */
export const ORDER_PAGE_MAX = 1_000;

/** A page of all orders by sequence, from the one after `after`. */
export function pageOfOrders(
  config: LedgerConfig,
  store: LedgerStore,
  after: number,
  limit: number,
): OrderPage {
  const size = Math.min(limit, ORDER_PAGE_MAX);
  const rows = store.ordersAfter(after, size);
  return {
    orders: rows.map((row) => snapshotOf(config, row)),
    recordedVersions: rows.map(({ recordedVersion }) => recordedVersion),
    next: rows.length === size ? (rows.at(-1)?.sequence ?? null) : null,
  };
}

/**
 * The orders of these ids that are in this ledger.
 * @throws RangeError for more than ORDER_PAGE_MAX ids.
 */
export function findOrders(
  config: LedgerConfig,
  store: LedgerStore,
  orderIds: readonly string[],
): FoundOrders {
  if (orderIds.length > ORDER_PAGE_MAX) {
    throw new RangeError(`${orderIds.length} ids; at most ${ORDER_PAGE_MAX}`);
  }
  const here = refOf(config);
  const sequences = orderIds.flatMap((orderId) => {
    const parts = parseOrderId(orderId);
    return parts && isIn(here, parts) ? [parts.sequence] : [];
  });
  const rows = store.ordersBySequence(sequences).map((row) => snapshotOf(config, row));
  const known = new Map(rows.map((order) => [order.orderId, order]));
  const orders = orderIds.map((orderId) => known.get(orderId) ?? null);
  return { orders, knownAfter: store.lostThrough(), knownThrough: store.readStock().lastSequence };
}
