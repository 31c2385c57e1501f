import type { Counts } from "../shared/counts.ts";

/** The platform takes this many data points from one request. */
export const DATA_POINTS_MAX = 25;

/**
 * Writes counts of spikes to Analytics Engine where it is bound: one data point per counter, with the
 * spike as index and first blob, the counter's name as second blob and the count as the only double.
 * When there are more than DATA_POINTS_MAX, the smallest are left out. Returns at once.
 */
export function writeDataPoints(
  env: Pick<Env, "ANALYTICS">,
  spikes: { spikeId: string; counts: Counts }[],
): void {
  const { ANALYTICS } = env;
  if (!ANALYTICS) return;
  const points = spikes.flatMap(({ spikeId, counts }) =>
    Object.entries(counts).map(([name, count]) => ({ spikeId, name, count })),
  );
  const largest = points.toSorted((a, b) => b.count - a.count).slice(0, DATA_POINTS_MAX);
  for (const { spikeId, name, count } of largest) {
    ANALYTICS.writeDataPoint({ indexes: [spikeId], blobs: [spikeId, name], doubles: [count] });
  }
}
