/** One comparison of clocks. `sent` and `received` are on the steady clock, `server` is epoch milliseconds. */
export interface ClockSample {
  sent: number;
  received: number;
  server: number;
}

/** A sample this old no longer beats a new one, in milliseconds: steady clocks drift apart slowly. */
const SAMPLE_LIFE_MS = 10 * 60_000;

/**
 * The server's time, from the browser's steady clock (`performance.now`), which nobody can set: a wrong
 * or changed local clock makes no difference. The server spoke at some moment between sending and
 * receiving; the middle is wrong by half the round trip at most, so the fastest sample is the best one.
 */
export class ServerClock {
  #steady: () => number;
  #best: (ClockSample & { offset: number; error: number }) | undefined;

  constructor(steady: () => number = () => performance.now()) {
    this.#steady = steady;
  }

  /** Takes over a comparison, unless a better one is known. */
  add(sample: ClockSample): void {
    const error = (sample.received - sample.sent) / 2;
    const isOld = this.#best && sample.received - this.#best.received > SAMPLE_LIFE_MS;
    if (this.#best && !isOld && this.#best.error <= error) return;
    this.#best = { ...sample, error, offset: sample.server - (sample.sent + sample.received) / 2 };
  }

  /** Forgets all comparisons, as after a sleep in which the steady clock may have stood still. */
  reset(): void {
    this.#best = undefined;
  }

  get isSet(): boolean {
    return this.#best !== undefined;
  }

  /** Milliseconds by which `now` may be wrong; infinite before the first comparison. */
  get errorMs(): number {
    return this.#best?.error ?? Number.POSITIVE_INFINITY;
  }

  /** Epoch milliseconds on the server. Before the first comparison, what this machine believes. */
  now(): number {
    return this.#best ? this.#steady() + this.#best.offset : Date.now();
  }

  steady(): number {
    return this.#steady();
  }
}
