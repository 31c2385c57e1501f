import type { TrafficReport } from "./messages.ts";

/** An isolate that has not reported for this long sends nothing any more, in milliseconds. */
export const ISOLATE_SILENT_MS = 3_000;

/** Isolates counted at a time; beyond, the newest reports are not counted and the ceiling is a little higher. */
export const ISOLATES_MAX = 20_000;

/** Adds up what the isolates of the fleet see, each by its newest report. */
export class TrafficMeter {
  readonly #reports = new Map<string, { requestsPerSecond: number; at: number }>();
  #sum = 0;
  #sweptAt = -Infinity;

  /** Takes a report and returns the requests a second of all isolates; `now` in epoch milliseconds. */
  report({ isolate, requestsPerSecond }: TrafficReport, now: number): number {
    this.#sweep(now);
    const before = this.#reports.get(isolate);
    if (!before && this.#reports.size >= ISOLATES_MAX) return this.#sum + requestsPerSecond;
    this.#sum += requestsPerSecond - (before?.requestsPerSecond ?? 0);
    this.#reports.set(isolate, { requestsPerSecond, at: now });
    return this.#sum;
  }

  /** Forgets the silent ones, at most once in ISOLATE_SILENT_MS, and adds up anew, so that rounding never builds up. */
  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < ISOLATE_SILENT_MS) return;
    this.#sweptAt = now;
    this.#sum = 0;
    for (const [isolate, { requestsPerSecond, at }] of this.#reports) {
      if (Math.abs(now - at) >= ISOLATE_SILENT_MS) this.#reports.delete(isolate);
      else this.#sum += requestsPerSecond;
    }
  }
}
