import type { StrikeKeeper } from "./strike-keeper.ts";
import type { StrikeStore } from "./strike-store.ts";

/** Shortest time between two exchanges of a gate, in milliseconds. */
export const EXCHANGE_PAUSE_MS = 1_000;
/** An exchange that takes longer than this was cut short, in milliseconds. */
const EXCHANGE_LOST_MS = 10_000;
/** Subjects of one exchange; the others follow in the next. */
export const EXCHANGE_MAX = 500;

/**
 * Tells Redis the strikes that a gate has counted and takes back what others know, at most once a second and
 * without anybody waiting. What cannot be told is kept for the next time.
 */
export class StrikeExchange {
  readonly #keeper: StrikeKeeper;
  readonly #store: Pick<StrikeStore, "exchange">;
  #exchangedAt = -Infinity;
  #isExchanging = false;

  constructor(keeper: StrikeKeeper, store: Pick<StrikeStore, "exchange">) {
    this.#keeper = keeper;
    this.#store = store;
  }

  isDue(now: number): boolean {
    const pauseMs = this.#isExchanging ? EXCHANGE_LOST_MS : EXCHANGE_PAUSE_MS;
    return this.#keeper.hasNews && Math.abs(now - this.#exchangedAt) >= pauseMs;
  }

  /** Never rejects; `now` in epoch milliseconds. */
  async exchange(now: number): Promise<void> {
    this.#isExchanging = true;
    this.#exchangedAt = now;
    const news = this.#keeper.takeNews(EXCHANGE_MAX, now);
    const totals = await this.#store.exchange(news, now);
    for (const [index, told] of news.entries()) {
      const total = totals[index] ?? null;
      if (total === null) this.#keeper.giveBack(told, now);
      else this.#keeper.learn(told.key, total, now);
    }
    this.#isExchanging = false;
  }
}
