/**
 * A count of which half is forgotten every half-life, so that a few acts spread over a day never add
 * up to what the same number within seconds means. One number and one moment, whatever is counted.
 */
export class DecayingCount {
  readonly #halfLifeMs: number;
  #value = 0;
  /** When `#value` was right, epoch milliseconds. */
  #at = 0;

  constructor(halfLifeMs: number) {
    this.#halfLifeMs = halfLifeMs;
  }

  /** What is left at `now` (epoch milliseconds). Time that runs backwards forgets nothing. */
  valueAt(now: number): number {
    const elapsedMs = Math.max(0, now - this.#at);
    return this.#value * 2 ** (-elapsedMs / this.#halfLifeMs);
  }

  /** Adds `amount` and returns the new value. */
  add(amount: number, now: number): number {
    return this.set(this.valueAt(now) + amount, now);
  }

  set(value: number, now: number): number {
    this.#value = value;
    this.#at = now;
    return value;
  }
}
