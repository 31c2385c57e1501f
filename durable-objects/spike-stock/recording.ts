import { isIn, type LedgerRef, parseOrderId } from "../../workers/shared/ids.ts";
import type { RecordedOrder } from "../../workers/shared/order.ts";
import type { Alarms } from "./alarms.ts";
import { ResendPace } from "./resend.ts";
import type { Confirmation, ResendProgress } from "./rows.ts";
import type { LedgerStore } from "./store.ts";
import type { Turn } from "./turn.ts";

/** Follows how far the order database is: takes its confirmations, repeats what it has not confirmed. */
export class Recording {
  readonly #store: LedgerStore;
  readonly #alarms: Alarms;
  readonly #pace: ResendPace;

  /** `random` gives numbers between 0 and 1. */
  constructor(store: LedgerStore, alarms: Alarms, random: () => number) {
    this.#store = store;
    this.#alarms = alarms;
    this.#pace = new ResendPace(random);
  }

  /** Whether fresh events are not to be sent: the database is away, and `resend` sends them in their turn. */
  get holdsBack(): boolean {
    return this.#pace.holdsBack;
  }

  /** The database holds these versions. What is not an order of this ledger is passed over. */
  confirm(turn: Turn, ledger: LedgerRef, orders: readonly RecordedOrder[]): void {
    this.#store.confirm(this.#ownNewest(ledger, orders));
    this.#hurry(turn, this.#pace.confirmed(this.#store, this.#store.readResend()));
  }

  /** The database is away. Says whether every one of these versions is in the table, to be sent again from there. */
  takeBack(turn: Turn, ledger: LedgerRef, orders: readonly RecordedOrder[]): boolean {
    const own = this.#ownNewest(ledger, orders);
    if (own.length < new Set(orders.map(({ orderId }) => orderId)).size) return false;
    if (this.#store.countKnown(own) < own.length) return false;
    this.#hurry(turn, this.#pace.gaveBack());
    return true;
  }

  /** Sends the next page again; says when to come back, null when everything is recorded. */
  resend(turn: Turn): number | null {
    const page = this.#pace.nextPage(this.#store, this.#store.readResend(), turn.now);
    this.#store.writeResend(page.progress);
    turn.repeat(page.orders);
    return page.nextAt;
  }

  #ownNewest(ledger: LedgerRef, orders: readonly RecordedOrder[]): Confirmation[] {
    const newest = new Map<string, Confirmation>();
    for (const { orderId, version } of orders) {
      const parts = parseOrderId(orderId);
      const known = newest.get(orderId)?.version ?? 0;
      if (parts && isIn(ledger, parts) && version > known) newest.set(orderId, { ...parts, version });
    }
    return [...newest.values()];
  }

  #hurry(turn: Turn, progress: ResendProgress | null): void {
    if (!progress) return;
    this.#store.writeResend(progress);
    this.#alarms.setAtMost("outbox", turn.now + progress.delayMs);
  }
}
