import type { LedgerView } from "../../../durable-objects/spike-stock/messages.ts";

/** The ledger as the API answers it. */
export type WireLedger = Omit<LedgerView, "unrecorded" | "oldestUnrecordedAt" | "paused">;

/** What was counted in one second, by the counter's name. */
interface WireSecond {
  at: string;
  counts: Record<string, number>;
}

/** The past, when a page begins to watch; in as many messages as it takes. */
export interface HistoryFrame {
  kind: "history";
  seconds: WireSecond[];
}

/** The present, once a second. Null is what could not be found out. */
export interface LiveFrame {
  kind: "live";
  serverTime: string;
  /** The newest seconds, some of them again: each replaces what was known of that second. */
  recent: WireSecond[];
  /** Per second, on average over the newest complete seconds. */
  rates: Record<string, number>;
  /** Since the sale was created. */
  totals: Record<string, number>;
  stock: Omit<WireLedger, "orders"> | null;
  orders: WireLedger["orders"] | null;
  /** How far the order database is behind the ledger. */
  outbox: { unrecorded: number; lagSeconds: number } | null;
}
