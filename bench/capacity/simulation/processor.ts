/** Something that works: says when a piece of work is done, and adds up how long it was busy. Milliseconds. */
export interface Processor {
  work(now: number, ms: number): number;
  readonly busyMs: number;
}

/** One thread: one piece of work after the other. */
export class OneThread implements Processor {
  busyMs = 0;
  #freeAt = Number.NEGATIVE_INFINITY;
  readonly #share: number;

  /** @param share of the processor time that is this thread's; the rest is spent by its helpers meanwhile. */
  constructor(share = 1) {
    this.#share = share;
  }

  work(now: number, ms: number): number {
    this.busyMs += ms;
    this.#freeAt = Math.max(now, this.#freeAt) + ms * this.#share;
    return this.#freeAt;
  }
}

/** As many cores as it takes, as the platform starts isolates: each piece of work is that of many requests, which share them. */
export class ManyCores implements Processor {
  busyMs = 0;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  work(now: number, ms: number): number {
    this.busyMs += ms;
    return now + ms / this.#count;
  }
}
