/** An even rate: one every `intervalMs`, with room for some that come together. */
export interface EvenRate {
  /** Milliseconds between two. */
  intervalMs: number;
  /** How many may come at once when there was a pause before, at least 1. */
  depth: number;
}

/**
 * A leaky bucket as a meter, in the form of the generic cell rate algorithm (ITU-T I.371): it
 * remembers one moment, when the bucket will have run empty, instead of a level. Right where
 * something is served at an even pace. Constant work per request, no timers.
 */
export class LeakyBucket {
  /** When all that was let in will have drained, epoch milliseconds. */
  #emptyAt: number;

  constructor(emptyAt = -Infinity) {
    this.#emptyAt = emptyAt;
  }

  /**
   * Lets one in if the bucket has room.
   * @param now epoch milliseconds. A clock that goes back leaves nobody waiting longer than the rate itself could.
   * @param reserved places that it must leave to others.
   * @returns 0 when it was let in, else milliseconds until there is room.
   */
  admit({ intervalMs, depth }: EvenRate, now: number, reserved = 0): number {
    const fullMs = intervalMs * depth;
    // Fuller than full is impossible: the clock went back, or the rate was raised.
    const emptyAt = this.#emptyAt - now > fullMs ? now : Math.max(this.#emptyAt, now);
    const waitMs = emptyAt + intervalMs * (1 + reserved) - fullMs - now;
    if (waitMs > 0) return waitMs;
    this.#emptyAt = emptyAt + intervalMs;
    return 0;
  }

  /** Gives back what was let in last: it did not count after all. */
  drain(): void {
    this.#emptyAt = -Infinity;
  }
}
