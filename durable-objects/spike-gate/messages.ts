import type { ReserveReply, ReserveRequest } from "../spike-stock/messages.ts";

export interface GatePurchases {
  spikeId: string;
  requests: ReserveRequest[];
  /** Pause between two attempts of one user in milliseconds, 0 for none. From the settings. */
  userIntervalMs: number;
}

export interface SpikeGateRpc {
  purchase(purchases: GatePurchases): Promise<ReserveReply>;
}
