import { describe, expect, it } from "vitest";
import { releaseUnits } from "../../../durable-objects/spike-stock/stock.ts";
import { type WaveContext, wavePlanErrors } from "../../../durable-objects/spike-stock/waves.ts";
import { STOCK_MAX, WAVES_PER_SPIKE_MAX } from "../../../workers/shared/limits.ts";
import type { Wave } from "../../../workers/shared/spike.ts";
import { stockOf } from "./stocks.ts";

const [STARTS_AT, NOW, ENDS_AT] = [1_000, 2_000, 9_000];

function errorsOf(waves: Wave[], changes: Partial<WaveContext> = {}): string[] {
  const config = { startsAt: STARTS_AT, endsAt: ENDS_AT };
  return wavePlanErrors(waves, { now: NOW, config, total: 10, released: new Map(), ...changes }).map(
    ({ path, message }) => `${path} ${message}`,
  );
}

const past = (...waves: Wave[]) => new Map(waves.map((wave) => [wave.at, { ...wave, releasedAt: wave.at }]));

describe("a plan of waves", () => {
  it.each([
    ["now", NOW, ["waves.0.at must be in the future"]],
    ["a millisecond from now", NOW + 1, []],
    ["a millisecond before the end", ENDS_AT - 1, []],
    ["at the end", ENDS_AT, ["waves.0.at must be within the sale"]],
  ])("takes a wave %s or not", (_, at, errors) => {
    expect(errorsOf([{ at, quantity: 1 }])).toEqual(errors);
  });

  it.each([
    ["before the start", 4_999, ["waves.0.at must be within the sale"]],
    ["at the start", 5_000, []],
  ])("of a sale that has not started takes one %s or not", (_, at, errors) => {
    expect(errorsOf([{ at, quantity: 1 }], { config: { startsAt: 5_000, endsAt: ENDS_AT } })).toEqual(errors);
  });

  it.each([
    [0, false],
    [-1, false],
    [1.5, false],
    [1, true],
  ])("takes %d units: %s", (quantity, taken) => {
    expect(errorsOf([{ at: 3_000, quantity }]).length === 0).toBe(taken);
  });

  it.each([
    [STOCK_MAX - 10, true],
    [STOCK_MAX - 9, false],
  ])("takes %d units on top of 10: %s", (quantity, taken) => {
    const half = Math.floor(quantity / 2);
    const waves = [
      { at: 3_000, quantity: half },
      { at: 4_000, quantity: quantity - half },
    ];
    expect(errorsOf(waves)).toEqual(taken ? [] : [`waves would make the stock larger than ${STOCK_MAX}`]);
  });

  it.each([
    [WAVES_PER_SPIKE_MAX, true],
    [WAVES_PER_SPIKE_MAX + 1, false],
  ])("takes %d waves, one that has come among them: %s", (count, taken) => {
    const waves = Array.from({ length: count - 1 }, (_, n) => ({ at: 3_000 + n, quantity: 1 }));
    const errors = errorsOf(waves, { released: past({ at: 1_500, quantity: 1 }) });
    expect(errors.length === 0).toBe(taken);
  });

  it("names each time once", () => {
    const twice = { at: 3_000, quantity: 1 };
    expect(errorsOf([twice, twice])).toEqual(["waves.1.at must differ from the other waves"]);
  });

  it("may name a wave that has come, as it was, whatever the clock says by now", () => {
    const released = past({ at: 1_500, quantity: 2 }, { at: 3_000, quantity: 2 });
    expect(errorsOf([{ at: 1_500, quantity: 2 }], { released })).toEqual([]);
    expect(errorsOf([{ at: 3_000, quantity: 2 }], { released })).toEqual([]);
    expect(errorsOf([{ at: 1_500, quantity: 3 }], { released })).toEqual([
      "waves.0.quantity cannot change: this wave has come already",
    ]);
  });
});

it("units of a wave were scheduled before they are on sale", () => {
  const stock = { ...stockOf(5), scheduled: 3 };
  releaseUnits(stock, 3);
  expect(stock).toMatchObject({ total: 8, available: 8, scheduled: 0 });
  expect(() => releaseUnits(stock, 1)).toThrow("out of balance");
});
