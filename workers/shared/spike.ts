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

/** What reservations already made rely on, and what shoppers were promised: fixed once a sale has started. */
export const FIXED_ONCE_STARTED = [
  "startsAt",
  "stock",
  "priceMinor",
  "originalPriceMinor",
  "currency",
] as const satisfies (keyof SpikeConfig)[];

/** The same as one of the spike's ledgers keeps it. */
export interface LedgerConfig extends SpikeConfig {
  /** Which ledger it is; absent in the first. */
  stripe?: number;
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
  /** Absent where the sale has one ledger, and in what is said of a whole sale. */
  transfers?: Transfers;
}

/**
 * Units that have gone between a ledger and each of the others of its sale, by the number of the other, since
 * the beginning: `given` away to it, and `taken` from it. They never fall.
 */
export interface Transfers {
  given: number[];
  taken: number[];
}

/** Where every unit is, and how many orders are in each state, at one moment. */
export interface LedgerView {
  total: number;
  available: number;
  held: number;
  sold: number;
  /** Units that came back: cancelled and expired. */
  returned: number;
  /** Units of waves still to come; not in `total`. */
  scheduled: number;
  orders: { reserved: number; paid: number; cancelled: number; expired: number };
  /** Orders whose newest version the database has not confirmed. */
  unrecorded: number;
  /** When the first sold of those changed last, epoch milliseconds; absent when there is none. */
  oldestUnrecordedAt?: number;
  paused: boolean;
  /** Absent where the sale has one ledger, and in what is said of a whole sale. */
  transfers?: Transfers;
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
