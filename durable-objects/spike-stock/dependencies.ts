import type { OrderEvent } from "../../workers/shared/order.ts";
import type { LedgerStorage } from "./alarms.ts";

/** What a ledger needs of the world. */
export interface LedgerDependencies {
  storage: LedgerStorage;
  /** The server's clock, epoch milliseconds. */
  now: () => number;
  /** Fresh and unguessable text for an order id. */
  newNonce: () => string;
  /** Between 0 and 1. */
  random: () => number;
  /** Takes the events of a committed transaction, and those that are to be sent again. */
  send: (events: OrderEvent[]) => void;
  /** Takes the numbers of the sale's other ledgers that have been given units and should hear of it. */
  tell: (stripes: number[]) => void;
  /** Orders in a page of the index of users, a power of two; the usual number when absent. */
  userPageOrders?: number;
}
