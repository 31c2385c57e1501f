/** Counters by name; one that is missing is 0. */
export type Counts = Record<string, number>;

/** What was counted in one second. */
export interface SecondCounts {
  /** Seconds since the epoch. */
  second: number;
  counts: Counts;
}

const MS_PER_SECOND = 1_000;

/** The second a moment (epoch milliseconds) belongs to. */
export function secondOf(now: number): number {
  return Math.floor(now / MS_PER_SECOND);
}

/** A second counts as complete after this long: by then the isolates have reported it. Seconds. */
const COMPLETE_AFTER_SECONDS = 2;

/** The newest second that is complete at a moment (epoch milliseconds). */
export function newestComplete(now: number): number {
  return secondOf(now) - COMPLETE_AFTER_SECONDS;
}

/** Adds `more` to `counts`, in place. */
export function addCounts(counts: Counts, more: Counts): void {
  // Not Object.entries, which would make a list of pairs for each request of a crowd.
  for (const name in more) counts[name] = (counts[name] ?? 0) + (more[name] ?? 0);
}

/** The sum of what was counted in these seconds. */
export function sumCounts(seconds: readonly SecondCounts[]): Counts {
  const sum: Counts = {};
  for (const { counts } of seconds) addCounts(sum, counts);
  return sum;
}
