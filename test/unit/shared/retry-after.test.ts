import { afterEach, describe, expect, it, vi } from "vitest";
import { retryAfterSeconds } from "../../../workers/shared/retry-after.ts";

afterEach(() => void vi.restoreAllMocks());

const ALMOST_1 = 1 - Number.EPSILON;

describe("Retry-After", () => {
  it.each([
    [0, 1, 2],
    [1, 1, 2],
    [999, 1, 2],
    [1_000, 1, 2],
    [1_001, 2, 3],
    [2_000, 2, 3],
    [7_999, 8, 10],
    [60_000, 60, 75],
  ])("of a wait of %i ms is from %i to %i s", (waitMs, earliest, latest) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    expect(retryAfterSeconds(waitMs)).toBe(earliest);
    vi.spyOn(Math, "random").mockReturnValue(ALMOST_1);
    expect(retryAfterSeconds(waitMs)).toBe(latest);
  });

  it("is never before the wait is over, and not the same for all", () => {
    const answers = new Set(Array.from({ length: 1_000 }, () => retryAfterSeconds(2_000)));
    expect(answers).toEqual(new Set([2, 3]));
  });
});
