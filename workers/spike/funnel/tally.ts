import { addCounts, type Counts, type SecondCounts, secondOf } from "../../shared/counts.ts";

/** Spikes an isolate counts for between two reports: a few are hot at a time, and a request may make 50 calls. */
export const TALLIED_SPIKES_MAX = 40;
/** Seconds kept per spike while reports cannot leave; what is older is lost. */
export const TALLIED_SECONDS_MAX = 10;

/** What an isolate counted for one spike. */
export interface SpikeTally {
  spikeId: string;
  seconds: SecondCounts[];
}

/**
 * Counts by spike and second in an isolate's memory. Bounded: what does not fit is not counted, and a
 * sale goes on without it.
 */
export class Tally {
  #spikes = new Map<string, SecondCounts[]>();

  /** Counts in the second of `now`, epoch milliseconds. */
  add(spikeId: string, more: Counts, now: number): void {
    const counts = this.#countsOf(spikeId, secondOf(now));
    if (counts) addCounts(counts, more);
  }

  /** Everything counted so far; counting starts anew. */
  take(): SpikeTally[] {
    const taken = [...this.#spikes].map(([spikeId, seconds]) => ({ spikeId, seconds }));
    this.#spikes = new Map();
    return taken;
  }

  #countsOf(spikeId: string, second: number): Counts | undefined {
    let seconds = this.#spikes.get(spikeId);
    if (!seconds) {
      if (this.#spikes.size >= TALLIED_SPIKES_MAX) return undefined;
      this.#spikes.set(spikeId, (seconds = []));
    }
    const newest = seconds.at(-1);
    // A clock that was set back goes on in the newest second rather than making the list grow.
    if (newest && newest.second >= second) return newest.counts;
    const fresh: SecondCounts = { second, counts: {} };
    seconds.push(fresh);
    if (seconds.length > TALLIED_SECONDS_MAX) seconds.shift();
    return fresh.counts;
  }
}
