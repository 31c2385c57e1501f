/** What stopped a request, in the order of the funnel. */
export const STOPS = [
  "phase",
  "fleet_ceiling",
  "sold_out, from memory",
  "overload",
  "gate queue",
  "sold_out, by the ledger",
] as const;
export type Stop = (typeof STOPS)[number];

/** Latencies in whole milliseconds, with how many shoppers saw each. */
export class Latencies {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(ms: number, shoppers: number): void {
    const bin = Math.round(ms);
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + shoppers);
    this.#total += shoppers;
  }

  /** @param share between 0 and 1. Null when there is none. */
  percentile(share: number): number | null {
    let seen = 0;
    for (const [ms, shoppers] of [...this.#counts].sort((a, b) => a[0] - b[0])) {
      seen += shoppers;
      if (seen >= share * this.#total) return ms;
    }
    return null;
  }
}

/** Everything counted in one simulated sale. */
export class Tally {
  requests = 0;
  tokens = 0;
  purchases = 0;
  wins = 0;
  recorded = 0;
  paid = 0;
  paidTooLate = 0;
  /** Shoppers who were only ever told to come again, and left. */
  gaveUp = 0;
  polls = 0;
  gateCalls = 0;
  ledgerCalls = 0;
  messages = 0;
  readonly stopped: Record<Stop, number> = {
    phase: 0,
    fleet_ceiling: 0,
    "sold_out, from memory": 0,
    overload: 0,
    "gate queue": 0,
    "sold_out, by the ledger": 0,
  };
  /** From the request for a purchase token to "reserved". */
  readonly winLatency = new Latencies();
  soldOutMs: number | null = null;
  lastRecordedMs: number | null = null;
  /** When the last winner saw the order in the database. */
  lastSeenRecordedMs: number | null = null;
  lastPaidMs: number | null = null;
  readonly requestsBySecond = new Map<number, number>();
  readonly winsBySecond = new Map<number, number>();

  request(atMs: number, shoppers: number): void {
    this.requests += shoppers;
    add(this.requestsBySecond, atMs, shoppers);
  }

  win(atMs: number, shoppers: number): void {
    this.wins += shoppers;
    add(this.winsBySecond, atMs, shoppers);
  }

  get peakRequestsPerSecond(): number {
    return Math.max(0, ...this.requestsBySecond.values());
  }
}

function add(bySecond: Map<number, number>, atMs: number, shoppers: number): void {
  const second = Math.floor(atMs / 1000);
  bySecond.set(second, (bySecond.get(second) ?? 0) + shoppers);
}
