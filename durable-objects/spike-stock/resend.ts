import type { OrderRow, ResendProgress } from "./rows.ts";

/*
 * When to send again what the database has not confirmed. Nothing is kept per order: rounds walk over
 * all unrecorded orders in the order of sale, one page per alarm. While the database is silent the
 * pause between pages doubles, so an hour's outage does not bury the queue under copies; the first
 * confirmation after a silence lets the pages follow each other closely until the backlog is gone.
 *
 * When the consumer gives orders back because the database is away, the ledger holds everything back: the
 * queue is then empty, and nothing that is sold later can be recorded first. It asks with the oldest orders
 * now and then; once these are recorded it catches up page by page, the next one after the last is
 * confirmed, and lets fresh events go by themselves again when a page holds all there is.
 */

/** An event is given this long to be recorded before it is sent again. Also the first pause. */
export const RESEND_AFTER_MS = 5_000;
/** The longest pause between two pages: how late a recovered database is noticed at worst. */
export const RESEND_DELAY_MAX_MS = 60_000;
/** The pause between pages while a database that came back catches up. */
export const RESEND_CATCH_UP_MS = 1_000;
/** Orders sent again at once: some twenty messages. */
export const RESEND_PAGE_ORDERS = 5_000;

/** Orders sent to find out whether a database that was away is back: one message. */
export const PROBE_ORDERS = 250;
/** The first pause before such a question; each further one waits twice as long. */
export const PROBE_FIRST_MS = 1_000;
/** The longest: how late a recovered database is noticed by a ledger that holds its events back. */
export const PROBE_DELAY_MAX_MS = 10_000;

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

/** A page that was sent while catching up. */
interface SentPage {
  /** The sequence of its last order. */
  through: number;
  sentAt: number;
}

/**
 * The state of re-sending that need not survive: losing it costs a longer pause, or a message that is given
 * back once more, nothing else.
 */
export class ResendPace {
  /** `flowing`: fresh events go by themselves, and pages repeat what was lost. */
  #mode: "flowing" | "holding" | "catching up" = "flowing";
  #lastPage: SentPage | null = null;
  /** Whether the database confirmed anything since the last page. */
  #heard = false;
  /** Whether it stayed silent between the last two pages. */
  #silent = false;
  /** Between 0 and 1; spreads the ledgers that lost the same database. */
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether fresh events are to wait for their turn in a page. */
  get holdsBack(): boolean {
    return this.#mode !== "flowing";
  }

  /** The next page and the pause after it. */
  nextPage(source: ResendSource, progress: ResendProgress, now: number): ResendPage {
    if (!source.hasUnrecorded()) {
      this.#mode = "flowing";
      return { orders: [], progress: { afterSequence: 0, delayMs: 0 }, nextAt: null };
    }
    if (this.#mode === "flowing") return this.#walk(source, progress, now);
    if (this.#mode === "catching up" && (this.#heard || this.#lastPage === null)) {
      return this.#catchUp(source, now);
    }
    this.#mode = "holding";
    return this.#probe(source, progress, now);
  }

  /** The database is away. Returns the new progress when this was not known yet. */
  gaveBack(): ResendProgress | null {
    if (this.#mode === "holding") return null;
    this.#mode = "holding";
    return { afterSequence: 0, delayMs: PROBE_FIRST_MS };
  }

  /** The database confirmed something. Returns the new progress when the next page need not wait. */
  confirmed(source: ResendSource, progress: ResendProgress): ResendProgress | null {
    this.#heard = true;
    switch (this.#mode) {
      case "flowing":
        if (!this.#silent || progress.delayMs <= RESEND_CATCH_UP_MS) return null;
        this.#silent = false;
        return { ...progress, delayMs: RESEND_CATCH_UP_MS };
      case "holding":
        this.#mode = "catching up";
        this.#lastPage = null;
        return { afterSequence: 0, delayMs: 0 };
      case "catching up":
        return this.#isLastPageRecorded(source) ? { afterSequence: 0, delayMs: 0 } : null;
    }
  }

  #walk(source: ResendSource, progress: ResendProgress, now: number): ResendPage {
    const changedBefore = now - RESEND_AFTER_MS;
    let orders = source.unrecordedOrders(progress.afterSequence, changedBefore, RESEND_PAGE_ORDERS);
    if (orders.length === 0 && progress.afterSequence > 0) {
      orders = source.unrecordedOrders(0, changedBefore, RESEND_PAGE_ORDERS);
    }
    const afterSequence = orders.at(-1)?.sequence ?? 0;
    const delayMs = orders.length === 0 ? RESEND_AFTER_MS : this.#delayAfterPage(progress.delayMs);
    return { orders, progress: { afterSequence, delayMs }, nextAt: now + this.#jittered(delayMs) };
  }

  #probe(source: ResendSource, progress: ResendProgress, now: number): ResendPage {
    const orders = source.unrecordedOrders(0, now, PROBE_ORDERS);
    const delayMs = Math.min(PROBE_DELAY_MAX_MS, Math.max(PROBE_FIRST_MS, progress.delayMs * 2));
    return { orders, progress: { afterSequence: 0, delayMs }, nextAt: now + this.#jittered(delayMs) };
  }

  #catchUp(source: ResendSource, now: number): ResendPage {
    const orders = source.unrecordedOrders(0, now, RESEND_PAGE_ORDERS);
    // What is sold from here on comes after all that is in this page, by itself.
    if (orders.length < RESEND_PAGE_ORDERS) this.#mode = "flowing";
    this.#heard = false;
    this.#lastPage = { through: orders.at(-1)?.sequence ?? 0, sentAt: now };
    const progress = { afterSequence: 0, delayMs: RESEND_AFTER_MS };
    return { orders, progress, nextAt: now + RESEND_AFTER_MS };
  }

  /** What has changed since it was sent is no longer part of it. */
  #isLastPageRecorded(source: ResendSource): boolean {
    if (this.#lastPage === null) return true;
    const { through, sentAt } = this.#lastPage;
    const [oldest] = source.unrecordedOrders(0, sentAt, 1);
    return oldest === undefined || oldest.sequence > through;
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
