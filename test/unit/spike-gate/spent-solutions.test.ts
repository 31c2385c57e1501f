import { describe, expect, it } from "vitest";
import { SpentSolutions } from "../../../durable-objects/spike-gate/spent-solutions.ts";

const NOW = 1_800_000_000_000;
const SOLUTION = { id: "s1", expiresAt: NOW + 60_000 };

describe("SpentSolutions", () => {
  it("lets a solution work for one purchase, also when that is sent again", () => {
    const spent = new SpentSolutions();
    expect(spent.spend(SOLUTION, "u1\nk1", NOW)).toBe(true);
    expect(spent.spend(SOLUTION, "u1\nk1", NOW + 1)).toBe(true);
    expect(spent.spend(SOLUTION, "u1\nk2", NOW + 1)).toBe(false);
    expect(spent.spend(SOLUTION, "u2\nk1", NOW + 1)).toBe(false);
    expect(spent.spend({ ...SOLUTION, id: "s2" }, "u1\nk2", NOW)).toBe(true);
  });

  it.each([
    [-1, true],
    [0, false],
    [1, false],
  ])("%i ms after its expiry it works: %s", (elapsedMs, works) => {
    expect(new SpentSolutions().spend(SOLUTION, "u1\nk1", SOLUTION.expiresAt + elapsedMs)).toBe(works);
  });
});
