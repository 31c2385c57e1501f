import { expect, it } from "vitest";
import {
  ATTEMPTS_MAX,
  ENDPOINT_PAUSE_MAX_MS,
  ENDPOINT_PAUSE_MIN_MS,
  endpointPauseMs,
  retryDelayMs,
} from "../../../durable-objects/webhook-sender/schedule.ts";

it("waits longer after each attempt, varied by a fifth, and gives up after the last", () => {
  const waits = Array.from({ length: ATTEMPTS_MAX - 1 }, (_, n) => retryDelayMs(n + 1, 0) ?? 0);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits[0]).toBe(5_000);
  expect(retryDelayMs(1, 1)).toBe(6_000);
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(12 * 3_600_000);
  expect(retryDelayMs(ATTEMPTS_MAX, 0)).toBeNull();
});

it("leaves a silent endpoint alone for longer and longer, up to ten minutes", () => {
  expect(endpointPauseMs(1)).toBe(ENDPOINT_PAUSE_MIN_MS);
  expect(endpointPauseMs(2)).toBe(2 * ENDPOINT_PAUSE_MIN_MS);
  expect(endpointPauseMs(8)).toBe(ENDPOINT_PAUSE_MAX_MS);
  expect(endpointPauseMs(1_000)).toBe(ENDPOINT_PAUSE_MAX_MS);
});
