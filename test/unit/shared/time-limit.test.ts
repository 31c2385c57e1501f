import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { withTimeLimit } from "../../../workers/shared/time-limit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("gives what the work gives, and leaves no timer behind", async () => {
  await expect(withTimeLimit(Promise.resolve("done"), 1_000, "It")).resolves.toBe("done");
  await expect(withTimeLimit(Promise.reject(new Error("broken")), 1_000, "It")).rejects.toThrow("broken");
  expect(vi.getTimerCount()).toBe(0);
});

it.each([
  [999, "done"],
  [1_001, "It took longer than 1000 ms"],
])("work that takes %i ms of 1000: %s", async (durationMs, expected) => {
  const work = new Promise((resolve) => setTimeout(() => resolve("done"), durationMs));
  const outcome = withTimeLimit(work, 1_000, "It").catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  expect(await outcome).toBe(expected);
});
