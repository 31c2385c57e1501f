import { DurableObject } from "cloudflare:workers";
import { Ledger } from "../../durable-objects/spike-stock/ledger.ts";
import { hasSchema } from "../../durable-objects/spike-stock/schema.ts";
import { randomId } from "../../workers/shared/ids.ts";
import type { SpikeConfig } from "../../workers/shared/spike.ts";

/* The real ledger alone in an object of its own: no gate, no queue, no HTTP per reservation. */

interface BenchEnv {
  BENCH: DurableObjectNamespace<BenchLedger>;
}

const UNLIMITED_STOCK = 100_000_000;
const YEAR_MS = 31_536_000_000;

export class BenchLedger extends DurableObject<BenchEnv> {
  #ledger: Ledger | undefined;

  /** Makes `count` reservations in batches, each batch committed before the next begins. */
  async reserve(count: number, batch: number): Promise<void> {
    const ledger = (this.#ledger ??= this.#open());
    for (let done = 0; done < count; done += batch) {
      const requests = Array.from({ length: Math.min(batch, count - done) }, () => ({
        ...{ userId: `u${randomId(20)}`, quantity: 1 },
        ...{ key: crypto.randomUUID(), requestId: crypto.randomUUID() },
      }));
      const { results } = ledger.reserve(requests);
      if (!results.every(({ ok }) => ok)) throw new Error("a reservation failed");
      await this.ctx.storage.sync();
    }
  }

  #open(): Ledger {
    if (!hasSchema(this.ctx.storage.sql)) Ledger.create(this.ctx.storage, openSale(), Date.now());
    return new Ledger({
      storage: this.ctx.storage,
      now: () => Date.now(),
      newNonce: () => randomId(10),
      random: () => Math.random(),
      send: () => {},
      tell: () => {},
    });
  }
}

function openSale(): SpikeConfig {
  const now = Date.now();
  return {
    ...{ id: "bench", version: 1, title: "Bench", description: "", imageUrl: null, accessRules: [] },
    ...{ priceMinor: 100, originalPriceMinor: null, currency: "EUR", stock: UNLIMITED_STOCK },
    ...{ maxPerUser: 1, startsAt: now - YEAR_MS, endsAt: now + YEAR_MS, holdSeconds: 86_400 },
  };
}

export default {
  /** `/NAME?count=&batch=`: reservations in the object called NAME. */
  async fetch(request: Request, env: BenchEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const object = env.BENCH.get(env.BENCH.idFromName(pathname));
    await object.reserve(Number(searchParams.get("count")), Number(searchParams.get("batch")));
    return new Response("ok");
  },
};
