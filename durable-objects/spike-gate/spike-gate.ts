import { DurableObject } from "cloudflare:workers";
import { LEDGER_BATCH_MAX, PURCHASE_QUEUE_MAX } from "../../workers/shared/limits.ts";
import { callObject } from "../../workers/shared/object-call.ts";
import { Refusal } from "../../workers/shared/refusals.ts";
import type { StockStatus } from "../../workers/shared/spike.ts";
import type { ReserveRequest, ReserveResult, SpikeStockRpc } from "../spike-stock/messages.ts";
import { Batcher } from "./batcher.ts";
import type { GatePurchases, GateReply, SpikeGateRpc } from "./messages.ts";
import { UserGuard } from "./user-guard.ts";

/**
 * A gate stands between the edge and one spike's ledger, so that the ledger sees few, full batches
 * and no duplicates. A user always meets the same gate. Everything here is soft state: when a gate
 * is lost, users are let through once too often and the ledger sorts it out.
 */
export class SpikeGate extends DurableObject<Env> implements SpikeGateRpc {
  readonly #guard = new UserGuard();
  /** The ledger's newest word and when it came, epoch milliseconds. */
  #newest: { status: StockStatus; at: number } | undefined;
  #batcher: Batcher<ReserveRequest, ReserveResult> | undefined;

  async purchase({ spikeId, requests, userIntervalMs }: GatePurchases): Promise<GateReply> {
    const batcher = (this.#batcher ??= this.#batcherFor(spikeId));
    const now = Date.now();
    const results = await Promise.all(
      requests.map((request) =>
        this.#guard.admit(request, userIntervalMs, now, async () =>
          batcher.hasRoom ? await batcher.submit(request) : { ok: false, code: "overloaded" },
        ),
      ),
    );
    // Only what the ledger said during this call is news to the caller.
    return this.#newest && this.#newest.at >= now ? { results, status: this.#newest.status } : { results };
  }

  #batcherFor(spikeId: string): Batcher<ReserveRequest, ReserveResult> {
    return new Batcher({
      batchMax: LEDGER_BATCH_MAX,
      queueMax: PURCHASE_QUEUE_MAX,
      send: (batch) => this.#reserve(spikeId, batch),
    });
  }

  async #reserve(spikeId: string, batch: ReserveRequest[]): Promise<ReserveResult[]> {
    try {
      const reply = await callObject(() => this.#ledger(spikeId).reserve(batch));
      this.#newest = { status: reply.status, at: Date.now() };
      return reply.results;
    } catch (error) {
      // An error class does not survive the way back to the Worker; a result does.
      if (error instanceof Refusal) return batch.map(() => ({ ok: false, code: "overloaded" }));
      throw error;
    }
  }

  #ledger(spikeId: string): SpikeStockRpc {
    return this.env.SPIKE_STOCK.get(this.env.SPIKE_STOCK.idFromName(spikeId));
  }
}
