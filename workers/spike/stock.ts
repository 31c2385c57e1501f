import { waitUntil } from "cloudflare:workers";
import { withLedger } from "../platform/ledger.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { STOCK_MAX_AGE_MS } from "../shared/limits.ts";
import type { StockStatus } from "../shared/spike.ts";

/** Spikes whose stock an isolate remembers; a status is a few dozen bytes. */
const STOCK_CACHE_MAX_ENTRIES = 10_000;

const statuses = new FreshCache<StockStatus>({
  max: STOCK_CACHE_MAX_ENTRIES,
  ttlMs: STOCK_MAX_AGE_MS,
  waitUntil,
});

/** The stock of a spike as its ledger said it at most STOCK_MAX_AGE_MS ago. */
export function readStock(env: Env, spikeId: string): Promise<StockStatus> {
  return statuses.get(spikeId, () => withLedger(env, spikeId, (ledger) => ledger.status()));
}

/** The same from memory alone. */
export function peekStock(spikeId: string): StockStatus | undefined {
  return statuses.peek(spikeId);
}

/** Takes over a status that came with another answer of the ledger. */
export function rememberStock(spikeId: string, status: StockStatus): void {
  statuses.set(spikeId, status);
}
