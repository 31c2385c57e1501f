import { LRUCache } from "lru-cache";
import type { ReserveRequest, ReserveResult } from "../spike-stock/messages.ts";

/** Users whose last attempt a gate remembers: about 10 MB. Beyond, the oldest are forgotten, which only lets them through. */
export const GUARDED_USERS_MAX = 50_000;

/** Purchases in flight or won that a gate can answer again by itself. */
export const REMEMBERED_PURCHASES_MAX = 20_000;

interface Attempt {
  at: number;
  /** Winners are not in a hurry; only those who keep asking are slowed down. */
  won: boolean;
}

/**
 * Soft state about users: losing it loses nothing, because the ledger knows every reservation by its
 * idempotency key. It keeps duplicates and hammering away from the ledger.
 */
export class UserGuard {
  readonly #attempts = new LRUCache<string, Attempt>({ max: GUARDED_USERS_MAX });
  readonly #purchases = new LRUCache<string, { quantity: number; result: Promise<ReserveResult> }>({
    max: REMEMBERED_PURCHASES_MAX,
  });

  /**
   * Lets one attempt of a user through per `intervalMs`. A retry with the same key is answered like
   * the first try, whenever it comes.
   * @param now the server's clock, epoch milliseconds.
   */
  admit(
    request: ReserveRequest,
    intervalMs: number,
    now: number,
    purchase: () => Promise<ReserveResult>,
  ): Promise<ReserveResult> {
    const key = `${request.userId}\n${request.key}`;
    const known = this.#purchases.get(key);
    if (known && known.quantity === request.quantity) return known.result;

    const last = this.#attempts.get(request.userId);
    const waitMs = last && !last.won ? last.at + intervalMs - now : 0;
    if (waitMs > 0) return Promise.resolve({ ok: false, code: "rate_limited", retryAfterMs: waitMs });

    const attempt: Attempt = { at: now, won: false };
    this.#attempts.set(request.userId, attempt);
    return this.#remember(key, request.quantity, attempt, purchase());
  }

  #remember(
    key: string,
    quantity: number,
    attempt: Attempt,
    purchase: Promise<ReserveResult>,
  ): Promise<ReserveResult> {
    // A refusal is forgotten at once: the next try may find returned stock.
    const forget = () => {
      if (this.#purchases.peek(key)?.result === result) this.#purchases.delete(key);
    };
    const result = purchase.then(
      (outcome) => {
        attempt.won = outcome.ok;
        if (!outcome.ok) forget();
        return outcome;
      },
      (error: unknown) => {
        attempt.won = true; // the failure was ours, so the retry need not wait
        forget();
        throw error;
      },
    );
    this.#purchases.set(key, { quantity, result });
    return result;
  }
}
