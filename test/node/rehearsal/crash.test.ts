import { describe, expect, it } from "vitest";
import { crashTest, killPoints } from "../../../bench/crash/crash.ts";
import { KILLS_MAX, readCrashOptions } from "../../../bench/crash/options.ts";
import { randomStream } from "../../../bench/load/random.ts";
import { UsageError } from "../../../bench/command-line.ts";

const CRASH_TIMEOUT_MS = 300_000;

const read = (...args: string[]) => {
  const options = readCrashOptions(args);
  if (options === "help") throw new Error("asked for help");
  return options;
};

it(
  "loses nothing when the server is killed in mid-sale, again and again",
  async () => {
    const options = read("--kills=3", "--users=300", "--stock=60", "--window=8", "--hold=5", "--seed=5");
    const report = await crashTest(options, () => {});
    expect(report.checks.filter((check) => !check.pass)).toEqual([]);
    expect(report.pass).toBe(true);
    // What shows that the kills hit a sale: connections broke, and what was sold then is still there.
    expect(report.figures.totals.broken).toBeGreaterThan(0);
    expect(report.stock.at(-1)?.sold).toBeGreaterThan(0);
  },
  CRASH_TIMEOUT_MS,
);

it("spreads the kills over the sale, the same for the same seed", () => {
  const points = killPoints(10, 1_000, randomStream(1, "kills"));
  expect(points).toEqual(killPoints(10, 1_000, randomStream(1, "kills")));
  expect(points).not.toEqual(killPoints(10, 1_000, randomStream(2, "kills")));
  points.forEach((point, kill) => {
    expect(point).toBeGreaterThanOrEqual(kill * 90);
    expect(point).toBeLessThan((kill + 1) * 90);
  });
});

describe("the crash test's command line", () => {
  it("kills ten times unless told", () => {
    expect(read("--seed=1")).toMatchObject({ kills: 10, rehearsal: { users: 4000, stock: 800, seed: 1 } });
    expect(readCrashOptions(["--help"])).toBe("help");
  });

  it("takes whole numbers within bounds", () => {
    for (const kills of [1, KILLS_MAX]) expect(read(`--kills=${kills}`).kills).toBe(kills);
    for (const args of [["--kills=0"], [`--kills=${KILLS_MAX + 1}`], ["--users=0"], ["--url=http://x"]]) {
      expect(() => read(...args)).toThrow(UsageError);
    }
  });
});
