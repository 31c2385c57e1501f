import { describe, expect, it } from "vitest";
import type { Sample } from "../../../bench/refusals/measure.ts";
import { judgeOrder, judgeShare, medianInterval, shareOfFloor } from "../../../bench/refusals/verdicts.ts";

const sample = (requestsPerSecond: number, cpuMsPerRequest = 0.1): Sample => ({
  ...{ requestsPerSecond, cpuMsPerRequest, serverBusy: 1, generator: { busy: 0.5, lateP99Ms: 0 } },
});
const costing = (name: string, ...costs: number[]) => ({
  ...{ name, samples: costs.map((cost) => sample(1_000, cost)) },
});

describe("the share of a bare Response", () => {
  it.each([
    [849, false],
    [850, true],
    [851, true],
  ])("of %i in 1000 with a goal of 85 %% passes: %s", (requestsPerSecond, pass) => {
    const series = { name: "x", samples: [sample(requestsPerSecond)], floor: [sample(1_000)], goal: 0.85 };
    expect(judgeShare(series)?.pass).toBe(pass);
  });

  it("compares round by round, so that a slow round of both changes nothing", () => {
    const samples = [sample(900), sample(90), sample(450)];
    expect(shareOfFloor({ name: "x", samples, floor: [sample(1_000), sample(100), sample(500)] })).toBe(0.9);
  });

  it("is nobody's without a floor", () => {
    expect(judgeShare({ name: "x", samples: [sample(1)] })).toBeNull();
  });
});

describe("the interval of a median", () => {
  it.each([
    [1, 1, 1],
    [5, 1, 5],
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [15, 4, 12],
    [25, 8, 18],
  ])("of %i values in a row goes from number %i to number %i", (count, least, most) => {
    expect(medianInterval(Array.from({ length: count }, (_, n) => n + 1))).toEqual({ least, most });
  });
});

describe("the order of the refusals", () => {
  it("holds when each costs at most what the next does", () => {
    expect(judgeOrder([costing("a", 1), costing("b", 1), costing("c", 2)]).pass).toBe(true);
  });

  it.each([
    [1.02, true],
    [1.03, true],
    [1.04, false],
  ])("at %d times the next's cost holds: %s", (cost, pass) => {
    expect(judgeOrder([costing("a", cost), costing("b", 1)]).pass).toBe(pass);
  });

  it("is not broken by what looks dearer in some rounds and cheaper in others", () => {
    const b = costing("b", 1, 1, 1, 1, 1, 1);
    const verdict = judgeOrder([costing("a", 1.2, 0.9, 1.1, 1.1, 0.8, 1.1), b]);
    expect(verdict.pass).toBe(true);
    expect(verdict.text).toContain("0 of 1 refusals cost less");
    expect(verdict.text).toContain("a costs 110 % (80 % to 120 %) of b");
    expect(judgeOrder([costing("a", 1.2, 1.04, 1.1, 1.1, 1.1, 1.1), b]).pass).toBe(false);
  });

  it("names what is out of order", () => {
    expect(judgeOrder([costing("dear", 2), costing("cheap", 1)]).text).toMatch(
      /out of order: dear costs 200 % .* of cheap/,
    );
  });
});
