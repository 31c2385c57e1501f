import type { AccessRule } from "./access-rule.ts";

/** `upcoming` and `ended` follow the server's clock; `paused` and `sold_out` follow the ledger. */
export type Phase = "upcoming" | "open" | "sold_out" | "paused" | "ended";

/**
 * One sale as admins define it. Times are epoch milliseconds, money is integer minor units.
 * `version` grows with each change, so that a late copy never overwrites a newer one.
 */
export interface SpikeConfig {
  id: string;
  version: number;
  title: string;
  description: string;
  imageUrl: string | null;
  priceMinor: number;
  originalPriceMinor: number | null;
  currency: string;
  /** Units put on sale when the spike was created; later changes are restocks in the ledger. */
  stock: number;
  maxPerUser: number;
  startsAt: number;
  endsAt: number;
  holdSeconds: number;
  accessRules: AccessRule[];
}

/** A batch of stock that goes on sale at a set time, epoch milliseconds. */
export interface Wave {
  at: number;
  quantity: number;
}

/** What the ledger says about its stock at one moment. */
export interface StockStatus {
  /** Units for sale now. */
  available: number;
  total: number;
  paused: boolean;
  /** Version of the `SpikeConfig` the ledger runs on. */
  configVersion: number;
  /** Units of waves still to come, not in `total`; absent when none are. */
  scheduled?: number;
  /** Absent when no wave is to come. */
  nextWave?: Wave;
}

/** The only place that decides a spike's phase. `now` is the server's clock in epoch milliseconds. */
export function phaseAt(
  now: number,
  spike: Pick<SpikeConfig, "startsAt" | "endsAt">,
  stock: Pick<StockStatus, "available" | "paused">,
): Phase {
  if (now >= spike.endsAt) return "ended";
  if (now < spike.startsAt) return "upcoming";
  if (stock.paused) return "paused";
  return stock.available > 0 ? "open" : "sold_out";
}
