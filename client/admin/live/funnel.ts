import type { Figures } from "./history.ts";

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

/** The filters in the order in which they are asked, with what each refuses. */
const FILTER_LABELS: Record<string, string> = {
  address_limit: "Too many from one address",
  known_spike: "No such sale",
  overload: "Beyond what stock allows",
  sold_out: "Sold out",
  authenticated: "Not logged in",
  phase: "Not open",
  purchase_token: "No valid purchase token",
  blacklist: "Blacklisted",
  challenge: "Asked for a proof",
  access_rules: "Not eligible",
};

/** What gate and ledger refuse, by its code. */
const REFUSAL_LABELS: Record<string, string> = {
  rate_limited: "One account too fast",
  limit_reached: "Limit per person",
  sold_out: "Sold out at the ledger",
  overloaded: "Gate or ledger full",
  paused: "Paused",
  too_early: "Too early",
  ended: "Over",
  idempotency_conflict: "Key used before",
};

/** Counted for every attempt that failed without a reason to give. */
const FAILED = { name: "failed", label: "Failed" };

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

export interface GateFigures {
  name: string;
  purchases: number;
  calls: number;
}

/** What went through each gate, and directly to the ledger where there are no gates. */
export function gatesOf(counts: Figures): GateFigures[] {
  const names = Object.keys(counts).flatMap((name) => /^(gate\.\d+|ledger)\.calls$/.exec(name)?.[1] ?? []);
  return names
    .map((name) => ({
      name: name.startsWith("gate.") ? `Gate ${Number(name.slice("gate.".length)) + 1}` : "Ledger",
      purchases: counts[`${name}.purchases`] ?? 0,
      calls: counts[`${name}.calls`] ?? 0,
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}
