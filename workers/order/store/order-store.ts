import type { Position } from "../../shared/cursor.ts";
import type { OrderSnapshot, OrderState, RecordedOrder } from "../../shared/order.ts";

/** All given fields must hold; none at all means every order. */
export interface OrderFilter {
  userId?: string | undefined;
  spikeId?: string | undefined;
  state?: OrderState | undefined;
}

interface StoredOrderPage {
  /** Newest first. */
  orders: OrderSnapshot[];
  /** Pass as `before` for the next page; null at the end. */
  next: Position | null;
}

/**
 * The database's record of orders, whichever database it is. The ledger is the truth about states;
 * this is what remains and what others read. One adapter per database, next to this file. It may
 * hold a connection, so it is closed after use: `withOrderStore` does that.
 */
export interface OrderStore {
  /**
   * Records each order, unless a newer version of it is recorded already. Safe to repeat, in any
   * order, from several consumers at once. Part of the orders may be recorded when it throws.
   * @throws RowsRefused when the database will never take one of these rows as it is; StoreUnavailable when
   *   it takes no rows at all for now; any other error may pass with time.
   */
  upsert(orders: readonly OrderSnapshot[]): Promise<void>;

  /**
   * Puts rows right that are not what the ledger says: in one transaction forgets those of `wrong` that
   * still are at the version named there, then records `right` as `upsert` does. Meant for a page of
   * orders, some thousand at most. Nothing is changed when it throws.
   * @throws RowsRefused as `upsert` does.
   */
  replace(wrong: readonly RecordedOrder[], right: readonly OrderSnapshot[]): Promise<void>;

  /** At most `limit` orders older than `before`; orders created meanwhile do not disturb the paging. */
  page(filter: OrderFilter, before: Position | null, limit: number): Promise<StoredOrderPage>;

  /** The order with this id if it is this user's, else null. */
  find(orderId: string, userId: string): Promise<OrderSnapshot | null>;

  /** Those of the given orders that are recorded, in no particular order. */
  findMany(orderIds: readonly string[]): Promise<OrderSnapshot[]>;

  /** Those of the spikes in which the user has a paid order, each once. */
  paidIn(userId: string, spikeIds: readonly string[]): Promise<string[]>;

  /** How many orders of a spike are recorded in each state; with a stripe, those of this ledger alone. */
  countByState(spikeId: string, stripe?: number): Promise<Record<OrderState, number>>;

  /** Gives up what the store holds. Never throws. */
  close(): Promise<void>;
}

/** The database looked at these rows and said no: waiting will not help. */
export class RowsRefused extends Error {
  override readonly name = "RowsRefused";
}

/** The database is away, full, locked or read-only: no rows are taken now, whichever they are. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
