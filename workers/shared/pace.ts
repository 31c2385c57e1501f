export interface PaceOptions {
  /** Shortest time between two departures, in milliseconds. */
  leastMs: number;
  /** What each call of a departure adds to the time until the next, in milliseconds. */
  perCallMs: number;
  /** Longest time between two departures, in milliseconds. */
  mostMs: number;
}

/**
 * The pace of an isolate's gathered calls. A call across the network takes longer than 5 ms by itself; one that returns at
 * once would carry one request where it could carry several. Whatever an isolate calls, it makes no more than one call in
 * 2 ms as long as that keeps nobody waiting for more than 64: one to each of 32 gates.
 */
export const CALL_PACE: PaceOptions = { leastMs: 5, perCallMs: 2, mostMs: 64 };

/**
 * When calls may leave: together, and the more of them left, the later the next ones. So the calls that an isolate
 * makes in a second are bounded, to however many objects they go, and each carries what came meanwhile.
 */
export class Pace {
  readonly #options: PaceOptions;
  /** The last departure, or the next one when somebody waits for it; epoch milliseconds. */
  #departsAt = -Infinity;
  /** Calls that leave then. */
  #calls = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /**
   * Takes a place in the next departure.
   * @param now epoch milliseconds.
   * @returns how long it is until then, in milliseconds; 0: leave at once.
   */
  join(now: number): number {
    const { leastMs, perCallMs, mostMs } = this.#options;
    if (now < this.#departsAt) {
      this.#calls += 1;
    } else {
      const pauseMs = Math.min(mostMs, Math.max(leastMs, this.#calls * perCallMs));
      this.#departsAt = Math.max(now, this.#departsAt + pauseMs);
      this.#calls = 1;
    }
    // A clock that has gone back must not keep anybody waiting.
    if (this.#departsAt - now > mostMs) this.#departsAt = now;
    return this.#departsAt - now;
  }
}
