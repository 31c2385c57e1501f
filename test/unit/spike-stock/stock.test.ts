import { describe, expect, it } from "vitest";
import { addUnits, assertBalanced, moveUnits } from "../../../durable-objects/spike-stock/stock.ts";
import { stockOf } from "./stocks.ts";

describe("moving units", () => {
  it("takes an order from the shelf to the till", () => {
    const stock = stockOf(5);
    moveUnits(stock, null, "reserved", 2);
    expect(stock).toMatchObject({ available: 3, held: 2, reserved: 1 });
    moveUnits(stock, "reserved", "paid", 2);
    expect(stock).toMatchObject({ available: 3, held: 0, sold: 2, reserved: 0, paid: 1, returned: 0 });
  });

  it.each(["cancelled", "expired"] as const)("puts back what was %s", (state) => {
    const stock = stockOf(5);
    moveUnits(stock, null, "reserved", 2);
    moveUnits(stock, "reserved", state, 2);
    expect(stock).toMatchObject({ available: 5, held: 0, returned: 2, reserved: 0, [state]: 1 });
  });

  it("takes an expired order off the shelf again", () => {
    const stock = { ...stockOf(5), expired: 1, returned: 2 };
    moveUnits(stock, "expired", "paid", 2);
    expect(stock).toMatchObject({ available: 3, sold: 2, expired: 0, paid: 1, returned: 2 });
  });

  it("throws rather than go below zero", () => {
    expect(() => moveUnits(stockOf(1), null, "reserved", 2)).toThrow("out of balance");
    expect(() => moveUnits(stockOf(1), "reserved", "paid", 1)).toThrow("out of balance");
    expect(() => addUnits(stockOf(1), -2)).toThrow("out of balance");
  });
});

it("notices a unit that is nowhere, and one that is twice", () => {
  assertBalanced(stockOf(3));
  expect(() => assertBalanced({ ...stockOf(3), available: 2 })).toThrow("out of balance");
  expect(() => assertBalanced({ ...stockOf(3), sold: 1 })).toThrow("out of balance");
});
