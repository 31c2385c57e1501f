import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { logPassage, reservedOf } from "../../../workers/shared/follow.ts";

const info = vi.spyOn(console, "info");
beforeEach(() => void info.mockImplementation(() => {}));
afterEach(() => void info.mockReset());

const lines = () => info.mock.calls.map(([line]) => JSON.parse(String(line)) as { orders: string[] });

const orders = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ requestId: `r${n}`, orderId: `o${n}` }));

it.each([
  [0, []],
  [1, [1]],
  [250, [250]],
  [251, [250, 1]],
])("logs %d orders in lines of at most 250", (count, lengths) => {
  logPassage("somewhere", { spikeId: "s" }, orders(count));
  expect(lines().map((line) => line.orders.length)).toEqual(lengths);
});

it("names the request before the order, and a dash for none", () => {
  logPassage("somewhere", { spikeId: "s" }, [...orders(1), { orderId: "o9" }]);
  expect(lines()).toMatchObject([{ event: "somewhere", spikeId: "s", orders: ["r0 o0", "- o9"] }]);
});

it("finds who got an order", () => {
  const results = [{ ok: false } as const, { ok: true, orderId: "won" } as const];
  expect(reservedOf([{ requestId: "a" }, { requestId: "b" }, { requestId: "c" }], results)).toEqual([
    { requestId: "b", orderId: "won" },
  ]);
});
