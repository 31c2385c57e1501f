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
  readonly #local: () => number;
  #best: (ClockSample & { offset: number; localOffset: number; error: number }) | undefined;
  #isDoubted = false;

  constructor(steady: () => number = () => performance.now(), local: () => number = () => Date.now()) {
    this.#steady = steady;
    this.#local = local;
  }

  /** Takes over a comparison, unless a better one is known. */
  add(sample: ClockSample): void {
    const error = (sample.received - sample.sent) / 2;
    const isOld = this.#best && sample.received - this.#best.received > SAMPLE_LIFE_MS;
    if (this.#best && !isOld && !this.#isDoubted && this.#best.error <= error) return;
    const offset = sample.server - (sample.sent + sample.received) / 2;
    this.#best = { ...sample, error, offset, localOffset: this.#steady() + offset - this.#local() };
    this.#isDoubted = false;
  }

  /** Lets the next comparison win, as after a sleep in which the steady clock may have stood still. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** Whether there is a comparison that nobody doubts. */
  get isSet(): boolean {
    return this.isKnown && !this.#isDoubted;
  }

  /** Whether there has been any comparison. */
  get isKnown(): boolean {
    return this.#best !== undefined;
  }

  /** Milliseconds by which `now` may be wrong; infinite before the first comparison. */
  get errorMs(): number {
    return this.#best?.error ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Epoch milliseconds on the server. Before the first comparison, what this machine believes. In doubt, the
   * later of both clocks: the steady one may have slept, and the local one may have been set back.
   */
  now(): number {
    if (!this.#best) return this.#local();
    const steady = this.#steady() + this.#best.offset;
    return this.#isDoubted ? Math.max(steady, this.#local() + this.#best.localOffset) : steady;
  }

  steady(): number {
    return this.#steady();
  }
}
