import { waitUntil } from "cloudflare:workers";
import { type Aged, EdgeCache } from "../platform/edge-cache.ts";
import { countLoad, type LoadedThing } from "../platform/load-counts.ts";
import { readStatus } from "../platform/sale-ledgers.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { stripesOf } from "../shared/ids.ts";
import { STOCK_MAX_AGE_MS } from "../shared/limits.ts";
import type { SpikeConfig, StockStatus } from "../shared/spike.ts";

/** Spikes whose stock an isolate remembers; a status is a few dozen bytes. */
const STOCK_CACHE_MAX_ENTRIES = 10_000;
/**
 * How old the stock of a sale may be in a list while the sale is neither running nor about to, in
 * milliseconds: a list may name many such sales, and waking all their ledgers each second helps nobody.
 */
export const RESTING_STOCK_MAX_AGE_MS = 60_000;
/** A sale this close to its start or end is about to run, or has just run, in milliseconds. */
export const LIVE_AROUND_MS = 60_000;

/** The word of the ledgers, in this isolate and then in this location, for at most `maxAgeMs` in all. */
class StockCache {
  readonly #thing: LoadedThing;
  readonly #inLocation: EdgeCache<StockStatus>;
  readonly #inIsolate: FreshCache<Aged<StockStatus>>;

  constructor(thing: LoadedThing, maxAgeMs: number) {
    this.#thing = thing;
    this.#inLocation = new EdgeCache({ name: thing, maxAgeMs });
    this.#inIsolate = new FreshCache({
      max: STOCK_CACHE_MAX_ENTRIES,
      ttlMs: maxAgeMs,
      freshForMs: ({ at }) => at + maxAgeMs - Date.now(),
      waitUntil,
    });
  }

  peek(spikeId: string): StockStatus | undefined {
    return this.#inIsolate.peek(spikeId)?.value;
  }

  async read(env: Env, spikeId: string): Promise<StockStatus> {
    const aged = await this.#inIsolate.get(spikeId, () =>
      this.#inLocation.get(spikeId, () => {
        countLoad(this.#thing);
        return readStatus(env, spikeId);
      }),
    );
    return aged.value;
  }

  remember(spikeId: string, value: StockStatus): void {
    this.#inLocation.forget(spikeId);
    this.#inIsolate.set(spikeId, { value, at: Date.now() });
  }
}

const live = new StockCache("stock", STOCK_MAX_AGE_MS);
const resting = new StockCache("resting_stock", RESTING_STOCK_MAX_AGE_MS);

/** The stock of a spike as its ledger said it at most STOCK_MAX_AGE_MS ago. */
export function readStock(env: Env, spikeId: string): Promise<StockStatus> {
  return live.read(env, spikeId);
}

/** The same for a list of sales, where those that rest are at most RESTING_STOCK_MAX_AGE_MS old. */
export function readStockInList(
  env: Env,
  spike: Pick<SpikeConfig, "id" | "startsAt" | "endsAt">,
  now: number,
): Promise<StockStatus> {
  return (isLive(spike, now) ? live : resting).read(env, spike.id);
}

/** Whether a sale is running, about to, or has just ended. `now` in epoch milliseconds. */
export function isLive({ startsAt, endsAt }: Pick<SpikeConfig, "startsAt" | "endsAt">, now: number): boolean {
  return now >= startsAt - LIVE_AROUND_MS && now < endsAt + LIVE_AROUND_MS;
}

/** The stock at most STOCK_MAX_AGE_MS old, from this isolate's memory alone. */
export function peekStock(spikeId: string): StockStatus | undefined {
  return live.peek(spikeId);
}

/** Takes over the status that came with a reservation: where the sale has one ledger, its word is the sale's. */
export function rememberStockOf(spikeId: string, status: StockStatus): void {
  if (stripesOf(spikeId) === 1) rememberStock(spikeId, status);
}

/** Takes over a status of the whole sale that came with another answer. */
export function rememberStock(spikeId: string, status: StockStatus): void {
  live.remember(spikeId, status);
  resting.remember(spikeId, status);
}
