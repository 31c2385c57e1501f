import { expect, it } from "vitest";
import { WAKE_UP_AHEAD_MS, wakeUpAt } from "../../../workers/shared/wake-up.ts";

const NOW = 1_794_391_200_000;

it.each([
  [-1, null],
  [0, null],
  [WAKE_UP_AHEAD_MS - 1, null],
  [WAKE_UP_AHEAD_MS, null],
  [WAKE_UP_AHEAD_MS + 1, NOW + 1],
])("an object of a sale that starts in %d ms is woken at %s", (ms, at) => {
  expect(wakeUpAt(NOW + ms, NOW)).toBe(at);
});
