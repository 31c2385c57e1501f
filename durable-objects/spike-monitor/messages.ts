import type { Counts, SecondCounts } from "../../workers/shared/counts.ts";
import type { LedgerView } from "../spike-stock/messages.ts";

/*
 * Figures about one spike. They are for people who look, so losing some is allowed, and a report that
 * failed is not repeated: it would count twice.
 */

/** Where a WebSocket handshake to watch a spike goes, with `spike` (its id) and `until` (epoch ms) as query. */
export const LIVE_PATH = "/live";

/** What one isolate counted. Seconds that are not near the monitor's clock count in its own. */
export interface CountsReport {
  spikeId: string;
  seconds: SecondCounts[];
}

/** All that is known of a spike at one moment. */
export interface LiveFigures {
  /** The monitor's clock, epoch milliseconds. */
  at: number;
  /** Seconds of the last hour in which something was counted, the oldest first. */
  seconds: SecondCounts[];
  /** Everything counted since the sale was created. */
  totals: Counts;
  ledger: LedgerView;
}

/** The same without the seconds: small enough to be asked for every sale every few seconds. */
export type SaleSummary = Omit<LiveFigures, "seconds">;

export interface SpikeMonitorRpc {
  report(report: CountsReport): Promise<void>;
  figures(spikeId: string): Promise<LiveFigures>;
  summary(spikeId: string): Promise<SaleSummary>;
  /** Forgets all figures and sends away who is watching. */
  erase(): Promise<void>;
}
