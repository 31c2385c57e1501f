import { BoundedMap } from "../../workers/shared/bounded-map.ts";
import { LeakyBucket } from "../../workers/shared/rate/leaky-bucket.ts";
import { TokenBuckets } from "../../workers/shared/rate/token-bucket.ts";
import { OFF } from "../../workers/shared/settings.ts";
import { STRIKE_PAUSE_MS } from "../../workers/shared/strikes.ts";
import type { ReserveRequest } from "../spike-stock/messages.ts";
import type { GateLimits, GateResult } from "./messages.ts";

/** Users whose last attempt a gate remembers: about 10 MB. Beyond, the oldest are forgotten, which only lets them through. */
export const GUARDED_USERS_MAX = 50_000;

/** Purchases in flight or won that a gate can answer again by itself. */
export const REMEMBERED_PURCHASES_MAX = 20_000;

/** How fast one user may ask for purchases. */
export interface Pace extends Partial<Pick<GateLimits, "accountRequestsPerWindow" | "accountWindowSeconds">> {
  /** Pause between two attempts in milliseconds, 0 for none. */
  userIntervalMs: number;
}

interface Attempts {
  /** The even rate; emptied for winners, who are in no hurry: only those who keep asking are slowed down. */
  pace: LeakyBucket;
  /** The newest attempt's idempotency key and when it came, refused or not. */
  key: string;
  at: number;
}

type TooFast = "too_fast" | "faster_than_a_hand";

/**
 * Soft state about users: losing it loses nothing, because the ledger knows every reservation by its
 * idempotency key. It keeps duplicates and hammering away from the ledger.
 */
export class UserGuard {
  readonly #attempts = new BoundedMap<string, Attempts>(GUARDED_USERS_MAX);
  readonly #bursts = new TokenBuckets(GUARDED_USERS_MAX);
  readonly #purchases = new BoundedMap<string, { quantity: number; result: Promise<GateResult> }>(
    REMEMBERED_PURCHASES_MAX,
  );

  /**
   * Lets one attempt of a user through per interval. A retry with the same key is answered like
   * the first try, whenever it comes.
   * @param now the server's clock, epoch milliseconds.
   * @param onTooFast hears of a purchase that came too early, unless it repeats the last one.
   */
  admit(
    request: ReserveRequest,
    pace: Pace,
    now: number,
    purchase: () => Promise<GateResult>,
    onTooFast: (how: TooFast) => void = () => undefined,
  ): Promise<GateResult> {
    const key = purchaseKey(request);
    const known = this.#purchases.get(key);
    if (known && known.quantity === request.quantity) return known.result;

    const attempts = this.#attemptsOf(request.userId);
    const waitMs =
      attempts.pace.admit({ intervalMs: pace.userIntervalMs, depth: 1 }, now) ||
      this.#waitForBurst(request.userId, pace, now);
    const isOther = attempts.key !== request.key;
    const sinceLastMs = now - attempts.at;
    attempts.key = request.key;
    attempts.at = now;
    if (waitMs > 0) {
      if (isOther) onTooFast(sinceLastMs < STRIKE_PAUSE_MS ? "faster_than_a_hand" : "too_fast");
      return Promise.resolve({ ok: false, code: "rate_limited", retryAfterMs: waitMs });
    }
    return this.#remember(key, request.quantity, attempts, purchase());
  }

  #attemptsOf(userId: string): Attempts {
    let attempts = this.#attempts.get(userId);
    if (!attempts) {
      attempts = { pace: new LeakyBucket(), key: "", at: -Infinity };
      this.#attempts.set(userId, attempts);
    }
    return attempts;
  }

  /** Bounds what winners, whom the interval does not slow down, can make the ledger do. */
  #waitForBurst(userId: string, pace: Pace, now: number): number {
    const { accountRequestsPerWindow: capacity = OFF, accountWindowSeconds = OFF } = pace;
    if (capacity === OFF || accountWindowSeconds === OFF) return 0;
    return this.#bursts.take(userId, { capacity, fillMs: accountWindowSeconds * 1_000 }, now);
  }

  #remember(
    key: string,
    quantity: number,
    attempts: Attempts,
    purchase: Promise<GateResult>,
  ): Promise<GateResult> {
    // A refusal is forgotten at once: the next try may find returned stock.
    const forget = () => {
      if (this.#purchases.peek(key)?.result === result) this.#purchases.delete(key);
    };
    const result = purchase.then(
      (outcome) => {
        if (mayAskAgainAtOnce(outcome)) attempts.pace.drain();
        if (!outcome.ok) forget();
        return outcome;
      },
      (error: unknown) => {
        attempts.pace.drain(); // the failure was ours, so the retry need not wait
        forget();
        throw error;
      },
    );
    this.#purchases.set(key, { quantity, result });
    return result;
  }
}

/** Names one purchase of one user. */
export const purchaseKey = ({ userId, key }: Pick<ReserveRequest, "userId" | "key">): string =>
  `${userId}\n${key}`;

/** Who holds all he may has won before; who is asked for a proof comes back as soon as he has it. */
function mayAskAgainAtOnce(outcome: GateResult): boolean {
  return outcome.ok || outcome.code === "limit_reached" || outcome.code === "challenge_required";
}
