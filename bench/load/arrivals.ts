import type { Random } from "./random.ts";

export const ARRIVALS = ["burst", "ramp", "poisson"] as const;
export type Arrival = (typeof ARRIVALS)[number];

/** Of a burst, this share waits at the door before the start, as people with a countdown do. */
export const BURST_EARLY_SHARE = 0.1;
/** How long before the start the first of them come, in milliseconds. */
export const BURST_EARLY_MS = 1_500;
/** The rest of a burst thins out by this power of e over the window: half of it is there in the first seventh. */
export const BURST_DECAY = 5;

/**
 * When each of `count` shoppers comes, in milliseconds after the start of the sale, ascending. The whole
 * schedule is fixed beforehand: whether the server is fast or slow changes nothing about who comes when.
 *
 * - `burst`: a tenth waits for the start, most come in the first moments, the rest trickle in;
 * - `ramp`: the rate grows evenly from nothing to its peak at the end of the window;
 * - `poisson`: independent arrivals at an even rate, as a Poisson process conditioned on its count.
 */
export function scheduleArrivals(
  arrival: Arrival,
  count: number,
  windowMs: number,
  random: Random,
): Float64Array {
  const moments = new Float64Array(count);
  for (let index = 0; index < count; index++) moments[index] = momentOf(arrival, windowMs, random);
  return moments.sort();
}

function momentOf(arrival: Arrival, windowMs: number, random: Random): number {
  switch (arrival) {
    case "burst": {
      if (random() < BURST_EARLY_SHARE) return -random() * BURST_EARLY_MS;
      // An exponential cut off at the window's end, by inversion of its distribution function.
      return (-Math.log(1 - random() * (1 - Math.exp(-BURST_DECAY))) / BURST_DECAY) * windowMs;
    }
    case "ramp":
      return Math.sqrt(random()) * windowMs;
    case "poisson":
      return random() * windowMs;
  }
}
