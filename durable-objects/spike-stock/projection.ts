import { type LedgerRef, orderIdOf } from "../../workers/shared/ids.ts";
import type { OrderEvent, OrderSnapshot } from "../../workers/shared/order.ts";
import type { LedgerConfig, SpikeConfig } from "../../workers/shared/spike.ts";
import { refOf } from "../../workers/shared/stripes.ts";
import type { LedgerView } from "./messages.ts";
import type { MessageHeader } from "./outbox.ts";
import { isStopped, type Stock } from "./stock.ts";
import type { OrderRow } from "./rows.ts";

/** What all events of a spike have in common. */
export function headerOf({ id, title, currency }: SpikeConfig): MessageHeader {
  return { spikeId: id, spikeTitle: title, currency };
}

/** A row as the queue carries it. */
export function eventOf(ledger: LedgerRef, row: Omit<OrderRow, "recordedVersion">): OrderEvent {
  return {
    orderId: orderIdOf(ledger, row.sequence, row.nonce),
    userId: row.userId,
    quantity: row.quantity,
    amountMinor: row.amountMinor,
    state: row.state,
    version: row.version,
    payBefore: row.payBefore,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    requestId: row.requestId,
  };
}

/** A row as callers see it. */
export function snapshotOf(config: LedgerConfig, row: OrderRow): OrderSnapshot {
  const { requestId: _, ...event } = eventOf(refOf(config), row);
  return { ...headerOf(config), ...event };
}

/** The counters as callers see them, with how far the database is behind. */
export function viewOf(stock: Stock, unrecorded: number, oldestUnrecordedAt: number | null): LedgerView {
  const { total, available, held, sold, returned, scheduled } = stock;
  const { reserved, paid, cancelled, expired } = stock;
  const orders = { reserved, paid, cancelled, expired };
  return {
    ...{ total, available, held, sold, returned, scheduled, orders, unrecorded },
    ...(oldestUnrecordedAt !== null && { oldestUnrecordedAt }),
    paused: isStopped(stock),
  };
}
