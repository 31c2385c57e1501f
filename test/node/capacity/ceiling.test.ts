import { describe, expect, it } from "vitest";
import { Ceiling } from "../../../bench/capacity/simulation/ceiling.ts";

const PER_SECOND = 1_000;
const SLOT_MS = 10;
const SLOTS = 300;

/** What is let in of so many a slot who ask for a token, and of so many purchases after them, in the last second of three. */
function lastSecond(asking: number, buying: number) {
  const ceiling = new Ceiling(PER_SECOND, 0);
  const admitted = { asking: 0, buying: 0 };
  for (let slot = 1; slot <= SLOTS; slot++) {
    const now = slot * SLOT_MS;
    const asked = ceiling.admit(asking, false, now);
    const bought = ceiling.admit(buying, true, now);
    if (now <= 2_000) continue;
    admitted.asking += asked;
    admitted.buying += bought;
  }
  return admitted;
}

describe("the simulated ceiling", () => {
  it("lets those buy who have been let in, however many ask to be", () => {
    expect(lastSecond(1_000, 4)).toEqual({ asking: 600, buying: 400 });
  });

  it("lets purchases come first in half of it alone", () => {
    expect(lastSecond(1_000, 1_000)).toEqual({ asking: 500, buying: 500 });
  });

  it("is for those who ask where nobody buys", () => {
    expect(lastSecond(1_000, 0)).toEqual({ asking: PER_SECOND, buying: 0 });
  });

  it("lets everything through when it is off", () => {
    expect(new Ceiling(0, 0).admit(9, false, 1)).toBe(9);
  });

  it.each([1, 2])("of %i a second, lets somebody in", (perSecond) => {
    expect(new Ceiling(perSecond, 0).admit(9, false, 1_000)).toBe(1);
  });
});
