import type { Verdict } from "../report/verdict.ts";

/** What `npm run bench` measures, in this order. */
export const SCENARIO_NAMES = [
  "wins",
  "latency",
  "refusals",
  "ledger",
  "gates",
  "catalogue",
  "orders",
] as const;
/** What `--quick` leaves out: each takes a minute by itself. */
export const NOT_QUICK: ReadonlySet<ScenarioName> = new Set(["catalogue", "orders"]);
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** One line of a scenario's table: several rounds of the same thing. */
export interface Series {
  name: string;
  unit: string;
  /** One figure a round. */
  rounds: number[];
}

/** What something costs or gives while something else grows by factors. */
export interface Growth {
  title: string;
  /** What grows, and what is shown over it, with their units. */
  x: string;
  y: string;
  lines: { name: string; points: { x: number; y: number }[] }[];
}

/** Figures beside each other. */
export interface Comparison {
  title: string;
  unit: string;
  rows: { label: string; value: number }[];
}

export interface ScenarioResult {
  name: ScenarioName;
  title: string;
  series: Series[];
  verdicts: Verdict[];
  /** Percentiles of latency by load, where it was measured. */
  latencies?: { label: string; p50: number; p99: number; p999: number }[];
  growth?: Growth[];
  comparisons?: Comparison[];
  /** What another benchmark printed, where that is the scenario. */
  text?: string;
  /** Sentences about how it was measured, a generator that was the bottleneck among them. */
  remarks: string[];
}
