import type { LedgerView } from "../../../durable-objects/spike-stock/messages.ts";

export type { HistoryFrame, LevelsFrame, LiveFrame } from "../../../durable-objects/spike-monitor/frames.ts";

/** The ledger as the API answers it. */
export type WireLedger = Omit<LedgerView, "unrecorded" | "oldestUnrecordedAt" | "paused">;
