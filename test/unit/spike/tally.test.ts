import { expect, it } from "vitest";
import { Tally, TALLIED_SECONDS_MAX, TALLIED_SPIKES_MAX } from "../../../workers/spike/funnel/tally.ts";

const NOW = 1_700_000_000_000;
const SECOND = NOW / 1000;

it("counts by spike, second and name, and starts anew when taken", () => {
  const tally = new Tally();
  tally.add("a", { won: 1 }, NOW);
  tally.add("a", { won: 2 }, NOW + 999);
  tally.add("a", { lost: 1 }, NOW + 999);
  tally.add("a", { won: 1 }, NOW + 1_000);
  tally.add("b", { won: 1 }, NOW);
  expect(tally.take()).toEqual([
    {
      spikeId: "a",
      seconds: [
        { second: SECOND, counts: { won: 3, lost: 1 } },
        { second: SECOND + 1, counts: { won: 1 } },
      ],
    },
    { spikeId: "b", seconds: [{ second: SECOND, counts: { won: 1 } }] },
  ]);
  expect(tally.take()).toEqual([]);
});

it.each([
  [TALLIED_SPIKES_MAX - 1, TALLIED_SPIKES_MAX - 1],
  [TALLIED_SPIKES_MAX, TALLIED_SPIKES_MAX],
  [TALLIED_SPIKES_MAX + 1, TALLIED_SPIKES_MAX],
])("of %d spikes counts %d, and goes on counting those", (spikes, counted) => {
  const tally = new Tally();
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < spikes; n++) tally.add(`spike${n}`, { won: 1 }, NOW);
  }
  const taken = tally.take();
  expect(taken).toHaveLength(counted);
  expect(taken.every(({ seconds }) => seconds[0]?.counts["won"] === 2)).toBe(true);
});

it("keeps the newest seconds while no report leaves", () => {
  const tally = new Tally();
  for (let n = 0; n <= TALLIED_SECONDS_MAX; n++) tally.add("a", { won: 1 }, NOW + n * 1_000);
  const [{ seconds } = { seconds: [] }] = tally.take();
  expect(seconds).toHaveLength(TALLIED_SECONDS_MAX);
  expect(seconds[0]?.second).toBe(SECOND + 1);
});

it("does not grow when the clock jumps back", () => {
  const tally = new Tally();
  for (let n = 0; n < 100; n++) tally.add("a", { won: 1 }, NOW - n * 1_000);
  expect(tally.take()).toEqual([{ spikeId: "a", seconds: [{ second: SECOND, counts: { won: 100 } }] }]);
});
