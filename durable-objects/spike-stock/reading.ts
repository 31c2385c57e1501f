import { hash32 } from "../../workers/shared/hash-ring.ts";
import { isIn, type LedgerRef, parseOrderId } from "../../workers/shared/ids.ts";
import type { OrderSnapshot } from "../../workers/shared/order.ts";
import type { LedgerConfig } from "../../workers/shared/spike.ts";
import { refOf } from "../../workers/shared/stripes.ts";
import type { Alarms } from "./alarms.ts";
import type {
  Exchange,
  FoundOrders,
  KeyPage,
  LedgerOrder,
  LedgerView,
  OpenPayment,
  OrderPage,
  PlannedWave,
} from "./messages.ts";
import type { MessageHeader } from "./outbox.ts";
import { findOrders, ORDER_PAGE_MAX, pageOfOrders } from "./order-pages.ts";
import { headerOf, snapshotOf, viewOf } from "./projection.ts";
import type { OrderRow } from "./rows.ts";
import type { LedgerStore } from "./store.ts";
import { Transfers } from "./transfers.ts";

/** Keys in one page of `keys`, at most: 40 KB, and some milliseconds of the ledger's time. */
export const KEY_PAGE_MAX = 10_000;

/** What a ledger can be asked. Nothing here changes anything. */
export class LedgerReading {
  /** Which ledger of its sale this is. */
  readonly ref: LedgerRef;
  protected readonly store: LedgerStore;
  protected readonly transfers: Transfers;
  protected config: LedgerConfig;

  /** Opens the reading of a ledger whose tables exist. */
  constructor(store: LedgerStore, alarms: Alarms) {
    const config = store.readConfig();
    if (!config) throw new Error("the ledger has tables but no spike");
    this.store = store;
    this.config = config;
    this.ref = refOf(config);
    this.transfers = new Transfers(store, alarms, this.ref);
  }

  /** What the events of this spike have in common. */
  get header(): MessageHeader {
    return headerOf(this.config);
  }

  view(): LedgerView {
    const stock = this.store.readStock();
    const transfers = this.transfers.counts();
    const view = viewOf(stock, this.store.countUnrecorded(), this.store.oldestUnrecordedAt());
    return { ...view, ...(transfers && { transfers }) };
  }

  keys(after: number, limit: number): KeyPage {
    const page = Math.min(limit, KEY_PAGE_MAX);
    const rows = this.store.keysAfter(after, page);
    return {
      hashes: Uint32Array.from(rows, ({ key }) => hash32(key)),
      through: rows.at(-1)?.sequence ?? after,
      complete: rows.length < page,
    };
  }

  lookup(asked: readonly { orderId: string; userId: string }[]): (LedgerOrder | null)[] {
    return asked.map(({ orderId, userId }) => {
      const row = this.findRow(orderId);
      if (row?.userId !== userId) return null;
      return { order: this.snapshot(row), recorded: row.recordedVersion > 0 };
    });
  }

  openPayments(olderThan: number, limit: number): OpenPayment[] {
    const rows = this.store.openPayments(olderThan, Math.min(limit, ORDER_PAGE_MAX));
    return rows.map((row) => ({ order: this.snapshot(row), attempt: row.attempt }));
  }

  waves(): PlannedWave[] {
    return this.store.waves();
  }

  orders(after: number, limit: number): OrderPage {
    return pageOfOrders(this.config, this.store, after, limit);
  }

  find(orderIds: readonly string[]): FoundOrders {
    return findOrders(this.config, this.store, orderIds);
  }

  /**
   * Whether nothing would be lost with this ledger: no unit is held, no money is under way, and the
   * database has every order.
   */
  isSettled(): boolean {
    const { reserved } = this.store.readStock();
    return reserved === 0 && !this.store.hasOpenPayments() && !this.store.hasUnrecorded();
  }

  /** What to tell another ledger of the sale, asking it for `wants` units. */
  messageTo(stripe: number, wants: number): Exchange {
    return this.transfers.messageTo(stripe, wants);
  }

  /** The sale's other ledgers, by their numbers. */
  get others(): number[] {
    return this.transfers.others;
  }

  /** This order, null when it is not one of this ledger's. */
  protected findRow(orderId: string): OrderRow | null {
    const parts = parseOrderId(orderId);
    return parts && isIn(this.ref, parts) ? this.store.findOrder(parts.sequence, parts.nonce) : null;
  }

  protected snapshot(row: OrderRow): OrderSnapshot {
    return snapshotOf(this.config, row);
  }
}
