import { expect, it } from "vitest";
import { readServiceTimes } from "../../../bench/capacity/measure.ts";
import { type CapacityOptions, readCapacityOptions } from "../../../bench/capacity/options.ts";
import { planCapacity } from "../../../bench/capacity/plan.ts";
import { planText } from "../../../bench/capacity/print.ts";

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
  const one = plan("--users=2e5", "--stock=2e4", "--hold=30", "--stripes=1");
  expect(one.paidTooLate).toBeGreaterThan(0);
  expect(one.bottleneck).toMatch(/payments/);
  const enough = plan("--users=2e5", "--stock=2e4", "--hold=30");
  expect(enough.stripes).toBeGreaterThan(1);
  expect(enough.paidTooLate).toBe(0);
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
