import type { Check } from "../load/checks.ts";
import type { Contradiction, StockSample } from "../load/evidence.ts";
import type { Figures } from "../load/figures.ts";
import type { SecondOfSale } from "../load/measures.ts";
import type { UsageSample } from "../load/monitor.ts";
import type { Outage } from "../rehearsal/database-away.ts";
import type { RehearsalOptions } from "../rehearsal/options.ts";
import type { Machine } from "./machine.ts";

/** Everything one rehearsal has to say; this is `report.json`. */
export interface RehearsalReport {
  kind: "rehearsal" | "crash-test";
  at: string;
  machine: Machine;
  options: RehearsalOptions;
  remarks: string[];
  pass: boolean;
  checks: Check[];
  figures: Figures;
  contradictions: Contradiction[];
  timeline: SecondOfSale[];
  stock: StockSample[];
  usage: UsageSample[];
  /** When the database was taken away in mid-sale. */
  outage?: Outage;
}
