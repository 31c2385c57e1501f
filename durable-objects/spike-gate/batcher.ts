interface Waiting<Request, Reply> {
  request: Request;
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
}

export interface BatcherOptions<Request, Reply> {
  /** Most requests one call carries. */
  batchMax: number;
  /** Must answer with one reply per request, in their order. */
  send: (batch: Request[]) => Promise<Reply[]>;
}

/**
 * Batches without waiting: what arrives in one turn goes at once, what arrives while a call is in
 * flight goes together when it returns. One call at a time, so the ledger is never asked to hurry.
 *
 * A Durable Object's I/O belongs to the object, not to a request, so one loop serves all of them.
 */
export class Batcher<Request, Reply> {
  readonly #options: BatcherOptions<Request, Reply>;
  #queue: Waiting<Request, Reply>[] = [];
  #draining = false;

  constructor(options: BatcherOptions<Request, Reply>) {
    this.#options = options;
  }

  /** Requests that wait for their call. */
  get waiting(): number {
    return this.#queue.length;
  }

  submit(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      if (this.#draining) return;
      this.#draining = true;
      // After this turn, so that all requests of one incoming call travel together.
      queueMicrotask(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) await this.#sendBatch(this.#queue.splice(0, this.#options.batchMax));
    this.#draining = false;
  }

  async #sendBatch(batch: Waiting<Request, Reply>[]): Promise<void> {
    try {
      const replies = await this.#options.send(batch.map(({ request }) => request));
      if (replies.length !== batch.length)
        throw new Error(`${replies.length} replies to ${batch.length} requests`);
      batch.forEach(({ resolve }, i) => resolve(replies[i] as Reply));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
