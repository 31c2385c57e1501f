import type { Figures } from "./history.ts";
import { FAILED_LABEL, FILTER_LABELS, REFUSAL_LABELS } from "./words.ts";

export type FunnelName = "token" | "purchase";

/** One place where attempts end. */
export interface FunnelStep {
  name: string;
  label: string;
  /** Attempts that ended here. */
  stopped: number;
  /** Attempts that came this far, those that ended here included. */
  reached: number;
}

export interface FunnelFigures {
  attempts: number;
  steps: FunnelStep[];
  passed: number;
}

/** Counted for every attempt that failed without a reason to give. */
const FAILED = { name: "failed", label: FAILED_LABEL };

/** Where the attempts of one funnel ended, the first filter first. Only steps that stopped someone. */
export function funnelOf(funnel: FunnelName, counts: Figures): FunnelFigures {
  const of = (name: string) => counts[`${funnel}.${name}`] ?? 0;
  const places = [
    ...placesOf(counts, `${funnel}.stopped.`, FILTER_LABELS),
    ...placesOf(counts, `${funnel}.refused.`, REFUSAL_LABELS),
    { ...FAILED, stopped: of(FAILED.name) },
  ];
  const attempts = of("attempts");
  let reached = attempts;
  const steps: FunnelStep[] = [];
  for (const place of places) {
    if (place.stopped === 0) continue;
    steps.push({ ...place, reached });
    reached -= place.stopped;
  }
  return { attempts, steps, passed: of("passed") };
}

/** Known names in their order, then those that only the server knows. */
function placesOf(counts: Figures, prefix: string, labels: Record<string, string>) {
  const names = Object.keys(counts)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  const order = Object.keys(labels);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return names
    .toSorted((a, b) => rank(a) - rank(b))
    .map((name) => ({
      name: prefix + name,
      label: labels[name] ?? name.replaceAll("_", " "),
      stopped: counts[prefix + name] ?? 0,
    }));
}

/** What counts of gates begin with; their numbers, from 0, follow. */
export const GATE_PREFIX = "gate.";
/** What counts of purchases that met no gate begin with. */
export const LEDGER = "ledger";

export interface GateFigures {
  /** `gate.<number>` or `ledger`. */
  name: string;
  purchases: number;
  calls: number;
}

/** What went through each gate, and directly to the ledger where there are no gates. */
export function gatesOf(counts: Figures): GateFigures[] {
  const names = Object.keys(counts).flatMap((name) => /^(gate\.\d+|ledger)\.calls$/.exec(name)?.[1] ?? []);
  return names
    .map((name) => ({
      name,
      purchases: counts[`${name}.purchases`] ?? 0,
      calls: counts[`${name}.calls`] ?? 0,
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}
