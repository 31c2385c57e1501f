import type { LedgerRef } from "../../workers/shared/ids.ts";
import type { OrderEvent, OrderState } from "../../workers/shared/order.ts";
import { eventOf } from "./projection.ts";
import type { Reservation } from "./reserve.ts";
import { moveUnits, type Stock } from "./stock.ts";
import type { OrderRow } from "./rows.ts";
import type { LedgerStore } from "./store.ts";

/** Reservations expired in one transaction: bounds how long a purchase can wait behind them. */
export const EXPIRY_PAGE_ORDERS = 500;

/**
 * One transaction in the making. Every order that is made or changes its state does so here, so that
 * its row, the counters and the event that tells of it cannot part ways.
 */
export class Turn {
  readonly now: number;
  /** The counters as this transaction will leave them. */
  readonly stock: Stock;
  /** Orders that this transaction makes. */
  readonly reservations: Reservation[] = [];
  /** Events of what this transaction changes. */
  readonly changes: OrderEvent[] = [];
  /** Events sent before that are to be sent again. */
  readonly copies: OrderEvent[] = [];
  /** Other ledgers of the sale that are to be told what they were given. */
  readonly toTell = new Set<number>();
  readonly #ledger: LedgerRef;
  readonly #store: LedgerStore;
  readonly #before: Stock;

  constructor(ledger: LedgerRef, store: LedgerStore, now: number) {
    this.now = now;
    this.#ledger = ledger;
    this.#store = store;
    this.#before = store.readStock();
    this.stock = { ...this.#before };
  }

  /** Stores reservations whose units have been taken off the shelf. */
  add(reservations: readonly Reservation[]): void {
    this.#store.insertReservations(reservations);
    this.reservations.push(...reservations);
    for (const reservation of reservations) this.changes.push(eventOf(this.#ledger, reservation));
  }

  /** Takes an order to another state, its units with it; returns the row as it is now. */
  move(row: OrderRow, to: OrderState): OrderRow {
    moveUnits(this.stock, row.state, to, row.quantity);
    const moved: OrderRow = { ...row, state: to, version: row.version + 1, updatedAt: this.now };
    this.#store.updateOrder(moved);
    this.changes.push(eventOf(this.#ledger, moved));
    return moved;
  }

  /** The order, expired if its time to pay is over. */
  expireIfOverdue(row: OrderRow): OrderRow {
    const overdue = row.state === "reserved" && row.payBefore <= this.now;
    return overdue ? this.move(row, "expired") : row;
  }

  /** Expires what is overdue, a page at most. */
  expireOverdue(): void {
    for (const row of this.#store.overdueOrders(this.now, EXPIRY_PAGE_ORDERS)) this.move(row, "expired");
  }

  /** Sends an order's newest event once more. */
  repeat(rows: readonly OrderRow[]): void {
    for (const row of rows) this.copies.push(eventOf(this.#ledger, row));
  }

  /** Writes the counters if they changed. */
  finish(): void {
    const names = Object.keys(this.stock) as (keyof Stock)[];
    if (names.some((name) => this.stock[name] !== this.#before[name])) this.#store.writeStock(this.stock);
  }
}
