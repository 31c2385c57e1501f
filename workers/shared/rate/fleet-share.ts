import { type EvenRate, LeakyBucket } from "./leaky-bucket.ts";

/** An isolate counts for this long before it says how much it sees, in milliseconds. */
export const COUNTING_MS = 1_000;

/**
 * A share of the ceiling so small that an isolate below it need not report: it would take this many
 * such isolates to reach the ceiling unseen.
 */
export const SILENT_ISOLATES = 5_000;

/** Of what is let in, the part that purchases come first in. Each needs a token, so as many may ask for one. */
export const FIRST_SHARE = 0.5;

const MS_PER_SECOND = 1_000;

/**
 * One isolate's part in keeping a fleet of unknown size below a ceiling of requests a second. It
 * counts what it sees, tells somebody who adds it all up, at most once a second, and is told the sum.
 * Its share of the ceiling is its share of the demand, so all isolates together let through what the
 * ceiling allows, a second late. While the sum is below the ceiling, the share is all that is left.
 *
 * Soft by design: without news an isolate goes on with the share it has, and starts with all of it.
 */
export class FleetShare {
  readonly #bucket = new LeakyBucket();
  /** Of purchases that come first. */
  readonly #first = new LeakyBucket();
  #since: number;
  #seen = 0;
  /** Purchases among them, and as many as there were in the second before. */
  #purchases = 0;
  #purchasesPerSecond = 0;
  /** Requests a second of this isolate and of the whole fleet, as of the last report. */
  #own = 0;
  #fleet = 0;

  /** @param now epoch milliseconds, like all times here. */
  constructor(now: number) {
    this.#since = now;
  }

  /**
   * Counts a request, and lets it in or not. Who has been let in once, and now buys with his token, comes before those
   * who ask for one: otherwise a crowd that asks would keep the few from buying who may. Half of the share at most, since
   * nobody has looked at the tokens yet: made-up ones must not keep all others out.
   * @param ceiling requests a second of the fleet.
   * @returns 0 when it is let in, else milliseconds until there is room.
   */
  admit(ceiling: number, now: number, isPurchase: boolean): number {
    this.#seen++;
    if (isPurchase) this.#purchases++;
    const perSecond = this.shareOf(ceiling);
    // A second's worth may come at once: requests are not evenly spread over a second.
    const depth = Math.max(1, perSecond);
    const rate = { intervalMs: MS_PER_SECOND / perSecond, depth };
    const comesFirst = isPurchase && this.#first.admit(scaled(rate, FIRST_SHARE), now) === 0;
    // One place at least is for everybody.
    const reservable = Math.min(depth - 1, depth * FIRST_SHARE);
    return this.#bucket.admit(rate, now, comesFirst ? 0 : Math.min(reservable, this.#purchasesPerSecond));
  }

  /** What this isolate sees in requests a second, when it is time to report that; else null. Counting starts anew. */
  due(ceiling: number, now: number): number | null {
    const elapsedMs = now - this.#since;
    if (elapsedMs >= 0 && elapsedMs < COUNTING_MS) return null;
    // A clock that went back tells nothing about the rate.
    const perSecondOf = (count: number) => (elapsedMs > 0 ? (count * MS_PER_SECOND) / elapsedMs : 0);
    const perSecond = perSecondOf(this.#seen);
    this.#purchasesPerSecond = perSecondOf(this.#purchases);
    this.#since = now;
    this.#seen = 0;
    this.#purchases = 0;
    if (perSecond >= ceiling / SILENT_ISOLATES) return perSecond;
    this.learn(0, 0);
    return null;
  }

  /** Takes over what the fleet sees, this isolate's `own` included, in requests a second. */
  learn(own: number, fleet: number): void {
    this.#own = own;
    this.#fleet = fleet;
  }

  /** Requests a second this isolate may let in. */
  shareOf(ceiling: number): number {
    const others = Math.max(0, this.#fleet - this.#own);
    if (this.#fleet <= ceiling) return ceiling - others;
    return (ceiling * this.#own) / this.#fleet;
  }
}

const scaled = ({ intervalMs, depth }: EvenRate, share: number): EvenRate => ({
  intervalMs: intervalMs / share,
  depth: Math.max(1, depth * share),
});
