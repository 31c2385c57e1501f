import { expect, it } from "vitest";
import { DATA_POINTS_MAX, writeDataPoints } from "../../../workers/platform/analytics.ts";

function dataset() {
  const points: AnalyticsEngineDataPoint[] = [];
  const ANALYTICS: AnalyticsEngineDataset = { writeDataPoint: (point) => void (point && points.push(point)) };
  return { env: { ANALYTICS }, points };
}

it("writes one data point per counter of a spike", () => {
  const { env, points } = dataset();
  writeDataPoints(env, [{ spikeId: "s", counts: { "purchase.passed": 2 } }]);
  expect(points).toEqual([{ indexes: ["s"], blobs: ["s", "purchase.passed"], doubles: [2] }]);
});

it.each([
  [DATA_POINTS_MAX, DATA_POINTS_MAX, 1],
  [DATA_POINTS_MAX + 1, DATA_POINTS_MAX, 2],
])("of %d counters writes the %d largest", (counters, written, smallest) => {
  const { env, points } = dataset();
  const counts = Object.fromEntries(Array.from({ length: counters }, (_, n) => [`name${n}`, n + 1]));
  writeDataPoints(env, [{ spikeId: "s", counts }]);
  expect(points).toHaveLength(written);
  expect(Math.min(...points.map(({ doubles }) => doubles?.[0] ?? 0))).toBe(smallest);
});

it("does nothing where none is bound", () => {
  expect(() => writeDataPoints({}, [{ spikeId: "s", counts: { a: 1 } }])).not.toThrow();
});
