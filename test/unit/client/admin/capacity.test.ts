import { describe, expect, it } from "vitest";
import {
  ATTEMPTS_PER_SHOPPER,
  estimateCapacity,
  GATE_PURCHASES_PER_SECOND,
  LEDGER_CALLS_PER_SECOND,
  PEAK_TO_AVERAGE,
  PURCHASES_PER_LEDGER_CALL,
} from "../../../../client/admin/sales/capacity.ts";
import { GATES_MAX } from "../../../../workers/shared/limits.ts";

const CROWD = { shoppers: 10_000, windowSeconds: 60, stock: 1_000, unitsPerShopper: 1, holdSeconds: 300 };
/** A crowd whose worst second brings exactly this many purchases. */
const crowdOf = (purchasesPerSecond: number) => ({
  ...CROWD,
  windowSeconds: 90,
  shoppers: (purchasesPerSecond * 90) / (ATTEMPTS_PER_SHOPPER * PEAK_TO_AVERAGE),
});

describe("a capacity estimate", () => {
  it("counts requests, and the worst second above the average", () => {
    const { requests, peakRequestsPerSecond, peakPurchasesPerSecond } = estimateCapacity(CROWD);
    expect(requests).toBe(60_000);
    expect(peakPurchasesPerSecond).toBe(1_500);
    expect(peakRequestsPerSecond).toBe(3_000);
  });

  it("asks for one gate more as soon as one is full", () => {
    expect(estimateCapacity(crowdOf(GATE_PURCHASES_PER_SECOND - 1)).gates).toBe(1);
    expect(estimateCapacity(crowdOf(GATE_PURCHASES_PER_SECOND)).gates).toBe(1);
    expect(estimateCapacity(crowdOf(GATE_PURCHASES_PER_SECOND + 1)).gates).toBe(2);
    expect(estimateCapacity(crowdOf(GATE_PURCHASES_PER_SECOND * (GATES_MAX + 1))).gates).toBe(GATES_MAX);
  });

  it("lets through what the gates take, up to what the ledger takes", () => {
    const ledger = LEDGER_CALLS_PER_SECOND * PURCHASES_PER_LEDGER_CALL;
    expect(estimateCapacity(crowdOf(900)).purchasesPerSecondMax).toBe(2 * GATE_PURCHASES_PER_SECOND);
    expect(estimateCapacity(crowdOf(ledger * 2)).purchasesPerSecondMax).toBe(ledger);
  });

  it("is sold out once enough winners have come, which a small crowd never sees", () => {
    expect(estimateCapacity(CROWD).sellOutSeconds).toBe(2);
    expect(estimateCapacity({ ...CROWD, stock: 10_000 }).sellOutSeconds).toBe(20);
    expect(estimateCapacity({ ...CROWD, stock: 10_001 }).sellOutSeconds).toBeNull();
  });

  it("needs no time below a second, and no peak above the whole crowd", () => {
    expect(estimateCapacity({ ...CROWD, stock: 1 }).sellOutSeconds).toBe(1);
    expect(estimateCapacity({ ...CROWD, windowSeconds: 1 }).peakPurchasesPerSecond).toBe(30_000);
  });

  it("costs what its parts cost, and more for a larger crowd", () => {
    const { costs, totalDollars } = estimateCapacity(CROWD);
    expect(costs.find(({ name }) => name === "requests")?.dollars).toBeCloseTo(0.018, 6);
    expect(costs.find(({ name }) => name === "ledgerRows")?.dollars).toBeCloseTo(0.012, 6);
    expect(totalDollars).toBeCloseTo(
      costs.reduce((sum, { dollars }) => sum + dollars, 0),
      9,
    );
    expect(estimateCapacity({ ...CROWD, shoppers: 20_000 }).totalDollars).toBeGreaterThan(totalDollars);
  });
});
