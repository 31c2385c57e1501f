import TinyQueue from "tinyqueue";

interface Event {
  at: number;
  /** Events of the same time happen in the order in which they were made. */
  order: number;
  happen: () => void;
}

/** Simulated time: events happen in the order of their times, which are milliseconds after the start of the sale. */
export class Clock {
  now: number;
  readonly #events = new TinyQueue<Event>([], (a, b) => a.at - b.at || a.order - b.order);
  #made = 0;

  constructor(now: number) {
    this.now = now;
  }

  /** Lets something happen at a time; what is already past happens next. */
  at(time: number, happen: () => void): void {
    this.#events.push({ at: Math.max(time, this.now), order: this.#made++, happen });
  }

  /** Lets everything happen that is due until then. Returns whether nothing is left. */
  run(until: number): boolean {
    for (let next = this.#events.peek(); next && next.at <= until; next = this.#events.peek()) {
      this.#events.pop();
      this.now = next.at;
      next.happen();
    }
    return this.#events.length === 0;
  }
}
