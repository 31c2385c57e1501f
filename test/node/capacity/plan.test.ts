import { expect, it } from "vitest";
import { readServiceTimes } from "../../../bench/capacity/measure.ts";
import { type CapacityOptions, readCapacityOptions, STOCK_MAX } from "../../../bench/capacity/options.ts";
import { isWorthIt, planCapacity, smallestEnough } from "../../../bench/capacity/plan.ts";
import { planText } from "../../../bench/capacity/print.ts";
import { tierStock } from "../../../bench/capacity/tiers.ts";

const { cpuMs } = await readServiceTimes();
const plan = (...args: string[]) => planCapacity(readCapacityOptions(args) as CapacityOptions, cpuMs);

it("takes one gate and one ledger for a small crowd", () => {
  expect(plan("--users=2000", "--stock=100", "--window=60s")).toMatchObject({
    ...{ gates: 1, stripes: 1, wins: 100, paidTooLate: 0, gaveUp: 0, bottleneck: "none" },
  });
});

it("adds gates where one is too slow, and sells out sooner for it", () => {
  const one = plan("--users=6e5", "--gates=1", "--ceiling=0");
  const enough = plan("--users=6e5", "--ceiling=0");
  expect(enough.gates).toBeGreaterThan(1);
  expect(enough.soldOutMs).toBeLessThan(one.soldOutMs ?? Number.NaN);
});

it("adds ledgers where payments would wait for longer than the hold", () => {
  const slowLedger = { ...cpuMs, ledgerReservation: 20 };
  const slowPlan = (...args: string[]) =>
    planCapacity(
      readCapacityOptions(["--users=2e4", "--stock=2e3", "--hold=5", ...args]) as CapacityOptions,
      slowLedger,
    );
  const one = slowPlan("--stripes=1");
  expect(one.paidTooLate).toBeGreaterThan(0);
  expect(one.bottleneck).toMatch(/payments/);
  const enough = slowPlan();
  expect(enough.stripes).toBeGreaterThan(1);
  expect(enough.paidTooLate).toBe(0);
});

it("calls no payment late because its winner came late, or thinks for longer than the hold", () => {
  expect(plan("--users=1e4", "--arrival=ramp", "--window=60m", "--hold=1")).toMatchObject({
    ...{ wins: 100, paidTooLate: 0, stripes: 1, bottleneck: "none" },
  });
});

it("lets one after the other through the lowest ceiling", () => {
  const { loads, bottleneck } = plan("--users=1000", "--stock=10", "--ceiling=1");
  expect(loads.ceiling).toBeGreaterThan(0.9);
  expect(bottleneck).toBe("ceiling");
});

it("takes twice as many when that sells out a tenth sooner, or when payments come too late", () => {
  const soldOut = (soldOutMs: number) => ({ soldOutMs, wins: 100, gaveUp: 0, paidTooLate: 0 });
  expect(isWorthIt(soldOut(1_000), soldOut(890))).toBe(true);
  expect(isWorthIt(soldOut(1_000), soldOut(901))).toBe(false);
  expect(isWorthIt({ ...soldOut(1_000), paidTooLate: 1 }, soldOut(1_000))).toBe(true);
});

it("goes on for less while units are left and shoppers leave without one", () => {
  const unsold = (wins: number, gaveUp = 1) => ({ soldOutMs: null, wins, gaveUp, paidTooLate: 0 });
  expect(isWorthIt(unsold(980), unsold(1_000))).toBe(true);
  expect(isWorthIt(unsold(991), unsold(1_000))).toBe(false);
  // Nobody left: the crowd was too small, and more gates do not make it larger.
  expect(isWorthIt(unsold(980, 0), unsold(1_000, 0))).toBe(false);
  expect(isWorthIt(unsold(999), { ...unsold(1_000), soldOutMs: 1 })).toBe(true);
});

it("does what it is told about gates and stripes", () => {
  expect(plan("--users=1e5", "--gates=3", "--stripes=2")).toMatchObject({ gates: 3, stripes: 2 });
});

it("says what it found in words", () => {
  const text = planText(plan("--users=2000", "--stock=100"));
  for (const word of ["time to sell out", "bottleneck", "cost: all", "stopped: sold_out, from memory"]) {
    expect(text).toContain(word);
  }
});

it("plans larger and smaller crowds with stock in proportion, within what may be asked for", () => {
  expect(tierStock({ users: 1e6, stock: 1e4 }, 5e7)).toBe(5e5);
  expect(tierStock({ users: 1e8, stock: 1 }, 1e5)).toBe(1);
  expect(tierStock({ users: 10, stock: 1e7 }, 5e7)).toBe(STOCK_MAX);
});

it.each([
  ["one that gains", [100, 80], 1],
  ["one that does not, before one that does", [100, 95, 80], 2],
  ["two that do not, before one that does", [100, 95, 95, 50], 0],
  ["some after each other", [100, 80, 79, 60, 59, 59, 10], 3],
  ["none", [100], 0],
])("looks two doublings ahead: of %s", (_what, soldOutMs, expected) => {
  const tried: number[] = [];
  const double = (gates: number) => {
    tried.push(gates + 1);
    return gates + 1 < soldOutMs.length ? gates + 1 : null;
  };
  const timeOf = (gates: number) => soldOutMs[gates] as number;
  expect(smallestEnough(0, double, (one, next) => timeOf(next) <= timeOf(one) * 0.9)).toBe(expected);
  // A simulation takes seconds, so none is made that is not asked for.
  expect(Math.max(...tried)).toBeLessThanOrEqual(expected + 2);
});
