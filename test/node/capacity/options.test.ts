import { describe, expect, it } from "vitest";
import {
  CEILING_MAX,
  HOLD_MAX_SECONDS,
  readCapacityOptions,
  REGIONS_MAX,
  STOCK_MAX,
  STRIPES_MAX,
  USERS_MAX,
  WINDOW_MAX_MS,
  WINDOW_MIN_MS,
} from "../../../bench/capacity/options.ts";
import { GATES_MAX } from "../../../workers/shared/limits.ts";
import { UsageError } from "../../../bench/command-line.ts";

describe("the capacity command line", () => {
  it("plans for a million unless told", () => {
    expect(readCapacityOptions([])).toMatchObject({
      ...{ mode: "plan", users: 1_000_000, stock: 10_000, windowMs: 10_000, regions: 6 },
      ...{ gates: null, stripes: null, ceiling: 50_000, holdSeconds: 300, pay: 0.85 },
    });
    expect(readCapacityOptions(["--help"])).toBe("help");
  });

  it("reads numbers as people write them", () => {
    expect(
      readCapacityOptions(["--users=1e7", "--stock", "1e5", "--window=2.5m", "--pay=12.5%"]),
    ).toMatchObject({ users: 10_000_000, stock: 100_000, windowMs: 150_000, pay: 0.125 });
    expect(readCapacityOptions(["--window=1500ms"])).toMatchObject({ windowMs: 1_500 });
  });

  it.each([
    ["users", 1, USERS_MAX],
    ["stock", 1, STOCK_MAX],
    ["regions", 1, REGIONS_MAX],
    ["gates", 1, GATES_MAX],
    ["stripes", 1, STRIPES_MAX],
    ["ceiling", 0, CEILING_MAX],
    ["hold", 1, HOLD_MAX_SECONDS],
  ])("takes --%s from %i to %i", (flag, min, max) => {
    for (const value of [min, max]) expect(readCapacityOptions([`--${flag}=${value}`])).toBeTypeOf("object");
    for (const value of [min - 1, max + 1, "1.5", "many"]) {
      expect(() => readCapacityOptions([`--${flag}=${value}`])).toThrow(UsageError);
    }
  });

  it("takes a window within its bounds, with a unit", () => {
    for (const window of [`${WINDOW_MIN_MS}ms`, `${WINDOW_MAX_MS / 60_000}m`]) {
      expect(readCapacityOptions([`--window=${window}`])).toBeTypeOf("object");
    }
    for (const window of [`${WINDOW_MIN_MS - 1}ms`, `${WINDOW_MAX_MS / 1_000 + 1}s`, "10", "10h"]) {
      expect(() => readCapacityOptions([`--window=${window}`])).toThrow(UsageError);
    }
  });

  it("refuses what it cannot obey", () => {
    for (const args of [["--arrival=later"], ["--pay=101%"], ["--measure", "--validate"], ["--what"]]) {
      expect(() => readCapacityOptions(args)).toThrow(UsageError);
    }
  });
});
