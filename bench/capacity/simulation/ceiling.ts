import { COUNTING_MS, FIRST_SHARE } from "../../../workers/shared/rate/fleet-share.ts";

/** What is let through at once after a quiet moment, in milliseconds of the ceiling's rate. */
const BURST_MS = 100;

/** The fleet's ceiling as one bucket: purchases come before those who ask for a token. */
export class Ceiling {
  readonly #perMs: number;
  #budget = 0;
  /** Of purchases that come first. */
  #first = 0;
  #at: number;
  #countedSince: number;
  #purchases = 0;
  #purchasesPerMs = 0;

  /**
   * @param perSecond requests a second; 0 lets everything through.
   * @param now milliseconds, as everywhere here.
   */
  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1_000;
    this.#at = now;
    this.#countedSince = now;
  }

  /** Of so many requests, how many it lets through. */
  admit(requests: number, isPurchase: boolean, now: number): number {
    if (this.#perMs === 0) return requests;
    this.#count(isPurchase ? requests : 0, now);
    // One at least, or a low ceiling would never let anybody through.
    const most = Math.max(1, this.#perMs * BURST_MS);
    const earned = (now - this.#at) * this.#perMs;
    this.#at = now;
    this.#budget = Math.min(most, this.#budget + earned);
    this.#first = Math.min(most * FIRST_SHARE, this.#first + earned * FIRST_SHARE);
    const first = isPurchase ? this.#take(Math.min(requests, Math.floor(this.#first)), 0) : 0;
    this.#first -= first;
    const reservable = Math.min(most - 1, most * FIRST_SHARE);
    return first + this.#take(requests - first, Math.min(reservable, this.#purchasesPerMs * BURST_MS));
  }

  #take(requests: number, reserved: number): number {
    const taken = Math.max(0, Math.min(requests, Math.floor(this.#budget - reserved)));
    this.#budget -= taken;
    return taken;
  }

  #count(purchases: number, now: number): void {
    const elapsedMs = now - this.#countedSince;
    if (elapsedMs >= COUNTING_MS) {
      this.#purchasesPerMs = this.#purchases / elapsedMs;
      this.#purchases = 0;
      this.#countedSince = now;
    }
    this.#purchases += purchases;
  }
}
