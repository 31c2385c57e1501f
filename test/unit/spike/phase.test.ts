import { describe, expect, it } from "vitest";
import { closedDetails } from "../../../workers/spike/funnel/phase.ts";

const spike = { endsAt: Infinity } as never;
const stockWith = (at: number) =>
  ({ available: 0, nextWave: { at, quantity: 5 } }) as Parameters<typeof closedDetails>[1]["stock"] & object;

describe("what a sold-out sale says of its next wave", () => {
  it("is made once for each wave and wait, as a crowd hears it again and again", () => {
    const stock = stockWith(0);
    const said = Array.from({ length: 200 }, () => closedDetails("sold_out", { spike, stock }));
    expect(new Set(said).size).toBe(new Set(said.map(({ retryAfter }) => retryAfter)).size);
    expect(said.every((details) => Object.isFrozen(details))).toBe(true);
    expect(said[0]?.detail).toContain("5 more go on sale at 1970-01-01T00:00:00.000Z.");
    expect(closedDetails("sold_out", { spike, stock: stockWith(60_000) }).detail).toContain("00:01:00");
  });
});
