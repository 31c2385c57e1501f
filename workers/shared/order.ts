export type OrderState = "reserved" | "paid" | "cancelled" | "expired";

/**
 * An order as the ledger last committed it. Times are epoch milliseconds. `version` starts at 1 and
 * grows with each transition, so the newest event of an order is the one with the largest version.
 */
export interface OrderSnapshot {
  orderId: string;
  spikeId: string;
  spikeTitle: string;
  userId: string;
  quantity: number;
  amountMinor: number;
  currency: string;
  state: OrderState;
  version: number;
  payBefore: number;
  createdAt: number;
  updatedAt: number;
}

/** The queue message: many events of one spike. What they have in common is said once. */
export interface OrderEventsMessage {
  format: 1;
  spikeId: string;
  spikeTitle: string;
  currency: string;
  events: OrderEvent[];
}

export type OrderEvent = Omit<OrderSnapshot, "spikeId" | "spikeTitle" | "currency"> & {
  /** Of the purchase that made the order, so that it can be followed through the logs. */
  requestId?: string;
};

/** Tells the ledger that the database holds this version (or a newer one) of the order. */
export interface RecordedOrder {
  orderId: string;
  version: number;
}

/**
 * `open`: somebody has to look at it. `replayed`: sent to the queue again. `discarded`: an admin decided
 * that it is not needed. `recorded`: the order came into the database on another way.
 */
export type DeadLetterState = "open" | "replayed" | "discarded" | "recorded";

/** The order in which orders were sold: by time, and within a millisecond by their number in the ledger. */
export function bySale(
  one: Pick<OrderSnapshot, "orderId" | "createdAt">,
  other: Pick<OrderSnapshot, "orderId" | "createdAt">,
): number {
  // Ids of a sale differ in length as their numbers do.
  const byNumber = one.orderId.length - other.orderId.length;
  return one.createdAt - other.createdAt || byNumber || (one.orderId < other.orderId ? -1 : 1);
}
