import { log, messageOf } from "../../shared/log.ts";
import type { RecordedOrder } from "../../shared/order.ts";
import { ledgerName, type LedgerRef } from "../../shared/stripes.ts";

/**
 * How long what is recorded gathers before its ledger is told, in milliseconds: a call that writes costs as much for
 * one order as recording it did, and hardly more for a thousand.
 */
export const CONFIRM_PAUSE_MS = 50;
/** So many orders are a call that is worth its price: they wait no longer, and no call keeps a ledger busy for long. */
export const CONFIRM_FULL_ORDERS = 1_000;
/** A round that has not told by then died with its invocation: the next one is begun. Milliseconds. */
export const CONFIRM_OVERDUE_MS = 1_000;

/** What a ledger is to be told. */
interface Gathered {
  ledger: LedgerRef;
  orders: RecordedOrder[];
}

interface Outside {
  tell: (ledger: LedgerRef, orders: RecordedOrder[]) => Promise<void>;
  /** Resolves after so many milliseconds. */
  pause: (ms: number) => Promise<unknown>;
  /** Keeps the invocation alive that has begun a round. */
  waitUntil: (round: Promise<void>) => void;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Tells ledgers what is recorded, for all consumers of an isolate: batches that end within a moment share one
 * call to each ledger. Who begins a round makes its calls; the others only add to it. What is lost with a round is
 * sent again by the ledger, and again is harmless.
 */
export class Confirmations {
  #waiting = new Map<string, Gathered>();
  #roundBegunAt: number | null = null;

  add(ledger: LedgerRef, orders: readonly RecordedOrder[], outside: Outside): void {
    const name = ledgerName(ledger);
    const known = this.#waiting.get(name) ?? { ledger, orders: [] };
    const gathered = { ledger, orders: [...known.orders, ...orders] };
    if (gathered.orders.length >= CONFIRM_FULL_ORDERS) {
      this.#waiting.delete(name);
      outside.waitUntil(tellOne(name, gathered, outside));
      return;
    }
    this.#waiting.set(name, gathered);
    const now = outside.now();
    if (this.#roundBegunAt !== null && now - this.#roundBegunAt < CONFIRM_OVERDUE_MS) return;
    this.#roundBegunAt = now;
    outside.waitUntil(this.#round(outside));
  }

  async #round(outside: Outside): Promise<void> {
    await outside.pause(CONFIRM_PAUSE_MS);
    const told = this.#waiting;
    this.#waiting = new Map();
    this.#roundBegunAt = null;
    await Promise.all([...told].map(([name, gathered]) => tellOne(name, gathered, outside)));
  }
}

/** Never throws: what a ledger does not hear it sends again. */
async function tellOne(name: string, { ledger, orders }: Gathered, { tell }: Outside): Promise<void> {
  await tell(ledger, orders).catch((error: unknown) => {
    log.warn("acknowledgement_failed", {
      ledger: name,
      orders: orders.length,
      message: messageOf(error),
    });
  });
}
