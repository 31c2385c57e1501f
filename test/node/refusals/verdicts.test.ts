import { describe, expect, it } from "vitest";
import type { Sample } from "../../../bench/refusals/measure.ts";
import {
  type Costs,
  judgeOrder,
  judgeShare,
  medianInterval,
  sharesOfBare,
} from "../../../bench/refusals/verdicts.ts";

const sample = (requestsPerSecond: number): Sample => ({
  ...{ requestsPerSecond, cpuMsPerRequest: 0.1, serverBusy: 1, generator: { busy: 0.5, lateP99Ms: 0 } },
});
const pair = (answer: number, bare: number) => ({ answer: sample(answer), bare: sample(bare) });
const costing = (name: string, ...costs: number[]) => ({ name, costs });

describe("the share of a bare Response", () => {
  it.each([
    [849, false],
    [850, true],
    [851, true],
  ])("of %i in 1000 with a goal of 85 %% passes: %s", (requestsPerSecond, pass) => {
    expect(judgeShare({ name: "x", pairs: [pair(requestsPerSecond, 1_000)], goal: 0.85 }).holds).toBe(pass);
  });

  it("compares pair by pair, so that a slow moment of both changes nothing", () => {
    const pairs = [pair(900, 1_000), pair(80, 100), pair(500, 500)];
    expect(sharesOfBare(pairs)).toEqual([0.9, 0.8, 1]);
    expect(judgeShare({ name: "x", pairs, goal: 0.85 })).toEqual({
      claim: "x: at least 85 % of a bare Response",
      found: "90 % (80 % to 100 %)",
      holds: true,
    });
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
  const judged = (...refusals: Costs[]) => judgeOrder("over HTTP", refusals);

  it("holds when each costs at most what the next does", () => {
    expect(judged(costing("a", 1), costing("b", 1), costing("c", 2))).toEqual({
      claim: "no refusal costs more than the next on its way, over HTTP",
      found: "1 of 2 cost less, 1 as much, as far as this run can tell",
      holds: true,
    });
  });

  it.each([
    [1.02, true],
    [1.03, true],
    [1.04, false],
  ])("at %d times the next's cost holds: %s", (cost, pass) => {
    expect(judged(costing("a", cost), costing("b", 1)).holds).toBe(pass);
  });

  it("is not broken by what looks dearer in some rounds and cheaper in others", () => {
    const b = costing("b", 1, 1, 1, 1, 1, 1);
    const verdict = judged(costing("a", 1.2, 0.9, 1.1, 1.1, 0.8, 1.1), b);
    expect(verdict.holds).toBe(true);
    expect(verdict.found).toBe("0 of 1 cost less, 1 as much, as far as this run can tell");
    expect(judged(costing("a", 1.2, 1.04, 1.1, 1.1, 1.1, 1.1), b).holds).toBe(false);
  });

  it("names what is out of order", () => {
    expect(judged(costing("dear", 2), costing("cheap", 1)).found).toMatch(
      /out of order: dear costs 200 % .* of cheap/,
    );
  });
});
