import type { ReserveRequest, ReserveResult } from "../spike-stock/messages.ts";
import type { StockStatus } from "../../workers/shared/spike.ts";

/** Purchases of one isolate for one gate. At most GATHER_BATCH_MAX requests. */
export interface GatePurchases {
  spikeId: string;
  requests: ReserveRequest[];
  /** Pause between two attempts of one user in milliseconds, 0 for none. From the settings. */
  userIntervalMs: number;
}

export interface GateReply {
  /** One result per request, in the order of the requests. */
  results: ReserveResult[];
  /** The ledger's newest word; absent when no request of this call went that far. */
  status?: StockStatus;
}

export interface SpikeGateRpc {
  purchase(purchases: GatePurchases): Promise<GateReply>;
}
