import { LEDGER_BATCH_MAX } from "../../workers/shared/limits.ts";
import { callObject } from "../../workers/shared/object-call.ts";
import { Refusal } from "../../workers/shared/refusals.ts";
import type { LedgerRef } from "../../workers/shared/stripes.ts";
import { hasRoom } from "../../workers/shared/waiting.ts";
import { Batcher } from "./batcher.ts";

/** Nothing was done, for there is too much to do; to come again helps. */
const OVERLOADED = { ok: false, code: "overloaded" } as const;
type Overloaded = typeof OVERLOADED;

/**
 * Calls of one kind from a gate to the ledgers of its sale, one at a time to each, so that one that is slow
 * keeps only its own users waiting.
 */
export class BatchedCalls<Request, Reply> {
  readonly #batchers = new Map<number, Batcher<Request, Reply | Overloaded>>();
  readonly #send: (ledger: LedgerRef, batch: Request[]) => Promise<Reply[]>;

  /** @param send calls a ledger; must be safe to repeat and answer with one reply per request. */
  constructor(send: (ledger: LedgerRef, batch: Request[]) => Promise<Reply[]>) {
    this.#send = send;
  }

  /** The ledger's reply, or that it is overloaded or too many wait. */
  async submit(ledger: LedgerRef, request: Request): Promise<Reply | Overloaded> {
    const batcher = this.#batcherFor(ledger);
    return hasRoom(batcher.waiting, () => this.#waiting()) ? await batcher.submit(request) : OVERLOADED;
  }

  /** For whatever ledger. */
  #waiting(): number {
    let waiting = 0;
    for (const batcher of this.#batchers.values()) waiting += batcher.waiting;
    return waiting;
  }

  #batcherFor(ledger: LedgerRef): Batcher<Request, Reply | Overloaded> {
    let batcher = this.#batchers.get(ledger.stripe);
    if (!batcher) {
      batcher = new Batcher({
        batchMax: LEDGER_BATCH_MAX,
        send: (batch) => this.#call(ledger, batch),
      });
      this.#batchers.set(ledger.stripe, batcher);
    }
    return batcher;
  }

  async #call(ledger: LedgerRef, batch: Request[]): Promise<(Reply | Overloaded)[]> {
    try {
      return await callObject(() => this.#send(ledger, batch));
    } catch (error) {
      // An error class does not survive the way back to the Worker; a result does.
      if (error instanceof Refusal) return batch.map(() => OVERLOADED);
      throw error;
    }
  }
}
