import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** What a shopper waits for. `purchase` counts wins, `refusal` every no on the way to one. */
export const STEPS = [
  "token",
  "purchase",
  "refusal",
  "poll",
  "payment",
  "cancellation",
  "win",
  "recorded",
] as const;
export type Step = (typeof STEPS)[number];

const NANOSECONDS_PER_MS = 1e6;
/** Nothing in a rehearsal is watched for longer than this, in nanoseconds. */
const LATENCY_MAX_NS = 3600e9;
const SIGNIFICANT_FIGURES = 3;

/** A latency distribution: high dynamic range, three significant figures, constant memory. */
export class Latency {
  readonly #histogram: RecordableHistogram = createHistogram({
    highest: LATENCY_MAX_NS,
    figures: SIGNIFICANT_FIGURES,
  });

  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.min(LATENCY_MAX_NS, Math.round(ms * NANOSECONDS_PER_MS))));
  }

  summary(): LatencySummary {
    const at = (percentile: number) => round(this.#histogram.percentile(percentile) / NANOSECONDS_PER_MS);
    const count = this.#histogram.count;
    if (count === 0) return { count, p50: 0, p99: 0, p999: 0, max: 0 };
    return {
      count,
      p50: at(50),
      p99: at(99),
      p999: at(99.9),
      max: round(this.#histogram.max / NANOSECONDS_PER_MS),
    };
  }
}

/** Milliseconds. */
export interface LatencySummary {
  count: number;
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** What happened in one second of the sale. */
export interface SecondOfSale {
  /** Seconds after the start; negative before it. */
  second: number;
  arrivals: number;
  /** Requests for a token or a purchase that were answered. */
  attempts: number;
  wins: number;
  refusals: number;
  broken: number;
}

/** Everything counted and timed while a crowd is at the door. */
export class Measures {
  /** By code: of people, and of bots. */
  readonly refusals = { people: new Map<string, number>(), bots: new Map<string, number>() };
  /** Requests for a token or a purchase that were answered. */
  readonly attemptsOf = { people: 0, bots: 0 };
  /** How far behind its schedule the generator itself was, when it sent a shopper in. */
  readonly lateness = new Latency();
  /** How long requests waited for a free connection: the server's doing, not the generator's. */
  readonly waiting = new Latency();
  readonly totals = { arrivals: 0, attempts: 0, wins: 0, refusals: 0, broken: 0 };
  readonly #steps = new Map<Step, Latency>(STEPS.map((step) => [step, new Latency()]));
  readonly #seconds = new Map<number, SecondOfSale>();
  readonly #startsAt: number;
  readonly #now: () => number;

  /** `startsAt` is when the sale starts, on the clock that `now` reads, in milliseconds. */
  constructor(startsAt: number, now: () => number) {
    this.#startsAt = startsAt;
    this.#now = now;
  }

  step(step: Step, ms: number): void {
    this.#steps.get(step)?.record(ms);
  }

  count(what: keyof Omit<SecondOfSale, "second">): void {
    this.totals[what]++;
    this.#second()[what]++;
  }

  attempt(who: keyof Measures["attemptsOf"]): void {
    this.attemptsOf[who]++;
    this.count("attempts");
  }

  refuse(code: string, who: keyof Measures["refusals"]): void {
    const codes = this.refusals[who];
    codes.set(code, (codes.get(code) ?? 0) + 1);
    this.count("refusals");
  }

  latencies(): Record<Step, LatencySummary> {
    const entries = STEPS.map((step) => [step, this.#steps.get(step)?.summary()]);
    return Object.fromEntries(entries) as Record<Step, LatencySummary>;
  }

  /** Milliseconds since the start of the sale; negative before it. */
  sinceStartMs(): number {
    return this.#now() - this.#startsAt;
  }

  /** Every second in which something happened, ascending. */
  timeline(): SecondOfSale[] {
    return [...this.#seconds.values()].sort((a, b) => a.second - b.second);
  }

  #second(): SecondOfSale {
    const second = Math.floor(this.sinceStartMs() / 1000);
    let entry = this.#seconds.get(second);
    if (!entry) {
      entry = { second, arrivals: 0, attempts: 0, wins: 0, refusals: 0, broken: 0 };
      this.#seconds.set(second, entry);
    }
    return entry;
  }
}

/** Three decimals are enough for anything shown in milliseconds. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
