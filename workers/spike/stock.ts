import { LRUCache } from "lru-cache";
import { withLedger } from "../platform/ledger.ts";
import { STOCK_MAX_AGE_MS } from "../shared/limits.ts";
import type { StockStatus } from "../shared/spike.ts";

/** Spikes whose stock an isolate remembers; a status is a few dozen bytes. */
const STOCK_CACHE_MAX_ENTRIES = 10_000;

const statuses = new LRUCache<string, StockStatus>({ max: STOCK_CACHE_MAX_ENTRIES, ttl: STOCK_MAX_AGE_MS });

/** The stock of a spike as its ledger said it at most STOCK_MAX_AGE_MS ago. */
export async function readStock(env: Env, spikeId: string): Promise<StockStatus> {
  const known = statuses.get(spikeId);
  if (known) return known;
  const status = await withLedger(env, spikeId, (ledger) => ledger.status());
  rememberStock(spikeId, status);
  return status;
}

/** Takes over a status that came with another answer. */
export function rememberStock(spikeId: string, status: StockStatus): void {
  statuses.set(spikeId, status);
}
