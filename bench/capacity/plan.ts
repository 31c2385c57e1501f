import { GATES_MAX } from "../../workers/shared/limits.ts";
import { DEFAULT_SETTINGS } from "../../workers/shared/settings.ts";
import { type CapacityOptions, STRIPES_MAX } from "./options.ts";
import { costsOf, type Cost } from "./costs.ts";
import type { Forecast } from "./simulation/scene.ts";
import { simulate, type Simulated } from "./simulation/simulate.ts";
import { STOPS, type Stop } from "./simulation/tally.ts";
import { type CpuMs, edge, QUEUE_MESSAGES_PER_SECOND } from "./topology.ts";

/** How much of its time a part may be busy before a larger number of it is tried. */
const LOAD_GOAL = 0.7;
/** A sale that is over this soon needs nothing more, however busy it was, in milliseconds. */
const SOON_MS = 1_500;
/** Isolates fill up to this share of a core before the platform starts another; assumed. */
const ISOLATE_LOAD = 0.7;
/** A burst has half of its crowd in the first seventh of its window. */
const PEAK_TO_AVERAGE = 3.5;
/** Winners think for this long before they pay, in milliseconds; assumed. */
const THINK_MIN_MS = 5_000;
const THINK_MAX_MS = 60_000;

/** How busy each part was in the rush, the busiest of its kind; 1 is all the time. */
export interface Loads {
  /** Requests that came in, of those that the fleet takes; 0 without a ceiling. */
  ceiling: number;
  gates: number;
  /** The way from a gate to a ledger and back, which takes one batch at a time. */
  batches: number;
  ledgers: number;
  queue: number;
  database: number;
}

/** What a sale of this size does to the platform. */
export interface CapacityPlan {
  users: number;
  stock: number;
  gates: number;
  stripes: number;
  isolates: number;
  /** Units reserved. */
  wins: number;
  peakRequestsPerSecond: number;
  requests: number;
  loads: Loads;
  bottleneck: string;
  /** Milliseconds after the start; null when it does not happen. */
  soldOutMs: number | null;
  lastSeenRecordedMs: number | null;
  lastRecordedMs: number | null;
  lastPaidMs: number | null;
  paidTooLate: number;
  gaveUp: number;
  winP50Ms: number | null;
  winP99Ms: number | null;
  stopped: Record<Stop, number>;
  costs: Cost[];
  winsBySecond: [second: number, wins: number][];
  requestsBySecond: [second: number, requests: number][];
}

/** More of something must sell out so much sooner to be worth it, as a share of the time. */
const GAIN_MIN = 0.1;
/** The same while units are left and shoppers leave without one. */
const GAIN_MIN_UNSOLD = 0.01;

/** Doublings that are tried beyond one that was not worth it: gains come in steps, where one part waits for another. */
const DOUBLINGS_AHEAD = 2;

/** Simulates with more gates and stripes until they are enough, or until more of them gain nothing. */
export function planCapacity(options: CapacityOptions, cpuMs: CpuMs): CapacityPlan {
  const first = planWith(options, { gates: options.gates ?? 1, stripes: options.stripes ?? 1 }, cpuMs);
  const double = (plan: CapacityPlan) => {
    const larger = enlarge(plan, options);
    return larger && planWith(options, larger, cpuMs);
  };
  return smallestEnough(first, double, isWorthIt);
}

/**
 * The plan that no further doubling is worth, as far as DOUBLINGS_AHEAD of them show.
 * @param double the next larger plan; null when there is none.
 */
export function smallestEnough<Plan>(
  first: Plan,
  double: (plan: Plan) => Plan | null,
  isWorth: (plan: Plan, next: Plan) => boolean,
): Plan {
  let best = first;
  let last = first;
  for (let beyond = 0; beyond < DOUBLINGS_AHEAD;) {
    const next = double(last);
    if (next === null) break;
    last = next;
    if (isWorth(best, next)) {
      best = next;
      beyond = 0;
    } else beyond++;
  }
  return best;
}

type Outcome = Pick<CapacityPlan, "soldOutMs" | "wins" | "gaveUp" | "paidTooLate">;

/** Whether more of something is worth it: it gains enough, or payments come too late without it. */
export function isWorthIt(plan: Outcome, next: Outcome): boolean {
  const gainMin = plan.soldOutMs === null && plan.gaveUp > 0 ? GAIN_MIN_UNSOLD : GAIN_MIN;
  return plan.paidTooLate > 0 || gainOf(plan, next) >= gainMin;
}

/** How much sooner the next one sells out, or how much more it sells, as a share. */
function gainOf(plan: Outcome, next: Outcome): number {
  if (plan.soldOutMs !== null && next.soldOutMs !== null) return 1 - next.soldOutMs / plan.soldOutMs;
  if (plan.soldOutMs === null && next.soldOutMs !== null) return 1;
  return 1 - plan.wins / next.wins;
}

/** Twice as many of what is too busy; null when nothing is, or no more can be had. */
function enlarge(
  { loads, paidTooLate, soldOutMs, gates, stripes }: CapacityPlan,
  options: CapacityOptions,
): { gates: number; stripes: number } | null {
  const soon = soldOutMs !== null && soldOutMs <= SOON_MS;
  const moreGates =
    options.gates === null &&
    !soon &&
    Math.max(loads.gates, loads.batches) > LOAD_GOAL &&
    gates * 2 <= GATES_MAX;
  const ledgersLate = paidTooLate > 0 || (!soon && loads.ledgers > LOAD_GOAL);
  const moreStripes = options.stripes === null && ledgersLate && stripes * 2 <= STRIPES_MAX;
  if (!moreGates && !moreStripes) return null;
  return { gates: gates * (moreGates ? 2 : 1), stripes: stripes * (moreStripes ? 2 : 1) };
}

function planWith(
  options: CapacityOptions,
  size: { gates: number; stripes: number },
  cpuMs: CpuMs,
): CapacityPlan {
  const forecast: Forecast = {
    ...size,
    users: options.users,
    stock: options.stock,
    arrival: options.arrival,
    windowMs: options.windowMs,
    holdMs: options.holdSeconds * 1_000,
    payShare: options.pay,
    thinkMinMs: THINK_MIN_MS,
    thinkMaxMs: THINK_MAX_MS,
    fleetRequestsPerSecond: options.ceiling,
    overloadFactor: DEFAULT_SETTINGS.overloadFactor,
  };
  const isolatesPerRegion = isolatesFor(options, cpuMs);
  const topology = edge({ ...size, regions: options.regions, isolatesPerRegion }, cpuMs);
  return describe(forecast, simulate(forecast, topology));
}

/** As many as carry the first second of the rush, which is its worst. */
function isolatesFor({ users, windowMs, regions, ceiling }: CapacityOptions, cpuMs: CpuMs): number {
  const peakPerSecond = (users / Math.max(1, windowMs / 1_000)) * PEAK_TO_AVERAGE;
  const admitted = ceiling === 0 ? peakPerSecond : Math.min(peakPerSecond, ceiling);
  const busyMs = admitted * (cpuMs.token + cpuMs.purchase) + (peakPerSecond - admitted) * cpuMs.doorRefusal;
  return Math.max(1, Math.ceil(busyMs / 1_000 / ISOLATE_LOAD / regions));
}

function describe(
  forecast: Forecast,
  { tally, topology, rushMs, busyAtRush, admittedAtRush }: Simulated,
): CapacityPlan {
  const busiest = (busy: number[]) => Math.max(...busy) / rushMs;
  const ceiling = forecast.fleetRequestsPerSecond;
  const loads: Loads = {
    ceiling: ceiling === 0 ? 0 : (admittedAtRush * 1_000) / rushMs / ceiling,
    gates: busiest(busyAtRush.gates),
    batches: busiest(busyAtRush.lanes),
    ledgers: busiest(busyAtRush.ledgers),
    queue:
      (tally.messages / QUEUE_MESSAGES_PER_SECOND) * (1_000 / Math.max(rushMs, tally.lastRecordedMs ?? 0)),
    database: topology.database.busyMs / Math.max(rushMs, tally.lastRecordedMs ?? 0),
  };
  return {
    users: forecast.users,
    stock: forecast.stock,
    gates: forecast.gates,
    stripes: forecast.stripes,
    isolates: topology.isolatesPerRegion * topology.regions,
    wins: tally.wins,
    peakRequestsPerSecond: tally.peakRequestsPerSecond,
    requests: tally.requests,
    loads,
    bottleneck: bottleneckOf(loads, tally.paidTooLate),
    soldOutMs: tally.soldOutMs,
    lastSeenRecordedMs: tally.lastSeenRecordedMs,
    lastRecordedMs: tally.lastRecordedMs,
    lastPaidMs: tally.lastPaidMs,
    paidTooLate: tally.paidTooLate,
    gaveUp: tally.gaveUp,
    winP50Ms: tally.winLatency.percentile(0.5),
    winP99Ms: tally.winLatency.percentile(0.99),
    stopped: Object.fromEntries(STOPS.map((stop) => [stop, tally.stopped[stop]])) as Record<Stop, number>,
    costs: costsOf(tally, forecast, topology),
    winsBySecond: [...tally.winsBySecond].sort((a, b) => a[0] - b[0]),
    requestsBySecond: [...tally.requestsBySecond].sort((a, b) => a[0] - b[0]),
  };
}

function bottleneckOf(loads: Loads, paidTooLate: number): string {
  if (paidTooLate > 0) return "ledgers: payments wait for longer than the hold";
  const [name, load] = (Object.entries(loads) as [string, number][]).reduce((a, b) => (b[1] > a[1] ? b : a));
  return load > LOAD_GOAL ? name : "none";
}
