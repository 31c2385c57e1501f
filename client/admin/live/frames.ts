import type { BodyOf } from "../shared/admin-api.ts";

export type { HistoryFrame, LevelsFrame, LiveFrame } from "../../../durable-objects/spike-monitor/frames.ts";

/** The ledger as the API answers it. */
export type WireLedger = BodyOf<"GET", "/spikes/:id/ledger">;
