import type { OrderRow, ResendProgress } from "./store.ts";

/*
 * When to send again what the database has not confirmed. Nothing is kept per order: rounds walk over
 * all unrecorded orders in the order of sale, one page per alarm. While the database is silent the
 * pause between pages doubles, so an hour's outage does not bury the queue under copies; the first
 * confirmation after a silence lets the pages follow each other closely until the backlog is gone.
 */

/** An event is given this long to be recorded before it is sent again. Also the first pause. */
export const RESEND_AFTER_MS = 5_000;
/** The longest pause between two pages: how late a recovered database is noticed at worst. */
export const RESEND_DELAY_MAX_MS = 60_000;
/** The pause between pages while a database that came back catches up. */
export const RESEND_CATCH_UP_MS = 1_000;
/** Orders sent again at once: some twenty messages. */
export const RESEND_PAGE_ORDERS = 5_000;

/** What re-sending reads. */
export interface ResendSource {
  hasUnrecorded(): boolean;
  unrecordedOrders(afterSequence: number, changedBefore: number, limit: number): OrderRow[];
}

export interface ResendPage {
  orders: OrderRow[];
  progress: ResendProgress;
  /** When to look again; null when everything is recorded. */
  nextAt: number | null;
}

/** The state of re-sending that need not survive: losing it costs a longer pause, nothing else. */
export class ResendPace {
  /** Whether the database confirmed anything since the last page. */
  #heard = false;
  /** Whether it stayed silent between the last two pages. */
  #silent = false;
  /** Between 0 and 1; spreads the ledgers that lost the same database. */
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next page and the pause after it. */
  nextPage(source: ResendSource, progress: ResendProgress, now: number): ResendPage {
    if (!source.hasUnrecorded()) {
      return { orders: [], progress: { afterSequence: 0, delayMs: 0 }, nextAt: null };
    }
    const changedBefore = now - RESEND_AFTER_MS;
    let orders = source.unrecordedOrders(progress.afterSequence, changedBefore, RESEND_PAGE_ORDERS);
    if (orders.length === 0 && progress.afterSequence > 0) {
      orders = source.unrecordedOrders(0, changedBefore, RESEND_PAGE_ORDERS);
    }
    const afterSequence = orders.at(-1)?.sequence ?? 0;
    const delayMs = orders.length === 0 ? RESEND_AFTER_MS : this.#delayAfterPage(progress.delayMs);
    return { orders, progress: { afterSequence, delayMs }, nextAt: now + this.#jittered(delayMs) };
  }

  /** The database confirmed something. Returns the new progress when the next page need not wait. */
  confirmed(progress: ResendProgress): ResendProgress | null {
    this.#heard = true;
    if (!this.#silent || progress.delayMs <= RESEND_CATCH_UP_MS) return null;
    this.#silent = false;
    return { ...progress, delayMs: RESEND_CATCH_UP_MS };
  }

  #delayAfterPage(lastDelayMs: number): number {
    this.#silent = !this.#heard;
    this.#heard = false;
    if (lastDelayMs === RESEND_CATCH_UP_MS && !this.#silent) return RESEND_CATCH_UP_MS;
    return Math.min(RESEND_DELAY_MAX_MS, Math.max(RESEND_AFTER_MS, lastDelayMs * 2));
  }

  /** Between half of the delay and all of it. */
  #jittered(delayMs: number): number {
    return Math.round(delayMs * (0.5 + this.#random() / 2));
  }
}
