import { isIn, type LedgerRef, parseOrderId } from "../../workers/shared/ids.ts";
import type { RecordedOrder } from "../../workers/shared/order.ts";
import type { Alarms } from "./alarms.ts";
import { ResendPace } from "./resend.ts";
import type { Confirmation, LedgerStore } from "./store.ts";
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

  /** The database holds these versions. What is not an order of this ledger is passed over. */
  confirm(turn: Turn, ledger: LedgerRef, orders: readonly RecordedOrder[]): void {
    const newest = new Map<string, Confirmation>();
    for (const { orderId, version } of orders) {
      const parts = parseOrderId(orderId);
      const known = newest.get(orderId)?.version ?? 0;
      if (parts && isIn(ledger, parts) && version > known) newest.set(orderId, { ...parts, version });
    }
    this.#store.confirm([...newest.values()]);
    const progress = this.#pace.confirmed(this.#store.readResend());
    if (!progress) return;
    this.#store.writeResend(progress);
    this.#alarms.setAtMost("outbox", turn.now + progress.delayMs);
  }

  /** Sends the next page again; says when to come back, null when everything is recorded. */
  resend(turn: Turn): number | null {
    const page = this.#pace.nextPage(this.#store, this.#store.readResend(), turn.now);
    this.#store.writeResend(page.progress);
    turn.repeat(page.orders);
    return page.nextAt;
  }
}
