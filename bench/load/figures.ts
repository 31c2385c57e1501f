import { unitsByOwner } from "./fairness.ts";
import type { FinishedSale } from "./sale.ts";
import { type LatencySummary, round, type SecondOfSale, type Step } from "./measures.ts";
import type { AdminOrder } from "./wire.ts";

/** Per second, over the rush, and in its best second. */
export interface Rate {
  mean: number;
  peak: number;
}

/** What a rehearsal measured. Times are milliseconds after the start of the sale. */
export interface Figures {
  soldOutMs: number | null;
  lastRecordedMs: number;
  /** From the start until sold out and everybody in; rates are taken over it. */
  rushMs: number;
  attempts: Rate;
  wins: Rate;
  refusals: Rate;
  totals: FinishedSale["measures"]["totals"];
  bots: number;
  /** Requests for a token or a purchase that were answered, and units that are reserved or paid at the end. */
  attemptsOf: Record<"people" | "bots", number>;
  unitsOf: Record<"people" | "bots", number>;
  /** Of people and bots together: the server cannot tell them apart. */
  stops: FinishedSale["stops"];
  refusalsByCode: { people: Record<string, number>; bots: Record<string, number> };
  latencies: Record<Step, LatencySummary>;
  /** How long requests waited for one of the generator's connections. */
  connectionWait: LatencySummary;
  generator: FinishedSale["generator"];
  serverRssPeakBytes: number | null;
  serverCpuSeconds: number | null;
  tookMs: number;
}

/** `windowMs` is how long the arrivals took. */
export function figuresOf(sale: FinishedSale, windowMs: number): Figures {
  const { measures, evidence, usage } = sale;
  const soldOutMs = soldOutAfter(evidence.orders, evidence.stock, sale.startsAt);
  const rushMs = Math.max(soldOutMs ?? 0, windowMs);
  const timeline = measures.timeline();
  const rate = (what: "attempts" | "wins" | "refusals"): Rate => rateOf(timeline, what, rushMs);
  return {
    soldOutMs,
    lastRecordedMs: Math.round(evidence.notes.lastRecordedMs),
    rushMs,
    attempts: rate("attempts"),
    wins: rate("wins"),
    refusals: rate("refusals"),
    totals: measures.totals,
    bots: sale.bots,
    attemptsOf: measures.attemptsOf,
    unitsOf: unitsByOwner(evidence),
    stops: sale.stops,
    refusalsByCode: {
      people: Object.fromEntries(measures.refusals.people),
      bots: Object.fromEntries(measures.refusals.bots),
    },
    latencies: measures.latencies(),
    connectionWait: measures.waiting.summary(),
    generator: sale.generator,
    serverRssPeakBytes: highest(usage.map((sample) => sample.rssBytes)),
    serverCpuSeconds: highest(usage.map((sample) => sample.cpuSeconds)),
    tookMs: sale.tookMs,
  };
}

/**
 * When the last unit was taken for the first time, from the times that the server gave the orders:
 * exact to the millisecond, where asking for the stock would only say between which two questions.
 */
export function soldOutAfter(orders: AdminOrder[], stock: number, startsAt: number): number | null {
  const changes = orders.flatMap((order) => {
    const taken = { at: order.createdAt, units: order.quantity };
    const cameBack = order.state === "cancelled" || order.state === "expired";
    return cameBack ? [taken, { at: order.updatedAt, units: -order.quantity }] : [taken];
  });
  changes.sort((a, b) => a.at - b.at || a.units - b.units);
  let taken = 0;
  for (const { at, units } of changes) {
    taken += units;
    if (taken >= stock) return Math.max(0, Math.round(at - startsAt));
  }
  return null;
}

/** The mean over the rush in whole seconds, and the busiest second. */
export function rateOf(
  timeline: SecondOfSale[],
  what: "attempts" | "wins" | "refusals",
  rushMs: number,
): Rate {
  const seconds = Math.max(1, Math.ceil(rushMs / 1000));
  const inRush = timeline.filter((entry) => entry.second < seconds);
  const sum = inRush.reduce((total, entry) => total + entry[what], 0);
  return { mean: round(sum / seconds), peak: Math.max(0, ...inRush.map((entry) => entry[what])) };
}

function highest(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
