import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pace } from "../../../workers/shared/pace.ts";

const OPTIONS = { leastMs: 5, perCallMs: 2, mostMs: 64 };

describe("Pace", () => {
  it("lets the first leave at once, and one that comes long after", () => {
    const pace = new Pace(OPTIONS);
    expect([0, 5, 1_000].map((now) => pace.join(now))).toEqual([0, 0, 0]);
  });

  it("lets who comes in between leave together", () => {
    const pace = new Pace(OPTIONS);
    expect([0, 1, 2, 4].map((now) => pace.join(now))).toEqual([0, 4, 3, 1]);
  });

  it.each([
    [1, OPTIONS.leastMs],
    [3, 6],
    [32, 64],
    [50, OPTIONS.mostMs],
  ])("waits for the sake of %i calls that left: %i ms", (calls, pauseMs) => {
    const pace = new Pace(OPTIONS);
    pace.join(0);
    for (let call = 0; call < calls; call++) expect(pace.join(1)).toBe(4);
    expect(pace.join(5)).toBe(pauseMs);
  });

  it("keeps nobody waiting by a clock that was set back", () => {
    const pace = new Pace(OPTIONS);
    pace.join(60_000);
    expect(pace.join(0)).toBe(0);
    expect(pace.join(1)).toBe(4);
  });

  it("never lets anybody wait longer than its most, nor more calls leave than one in so many milliseconds", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 10 }), { minLength: 1, maxLength: 200 }), (pauses) => {
        const pace = new Pace({ ...OPTIONS, mostMs: 1_000 });
        const departures: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          const waitMs = pace.join(now);
          expect(waitMs).toBeLessThanOrEqual(1_000);
          departures.push(now + waitMs);
        }
        const last = departures.at(-1) as number;
        const before = departures.filter((at) => at < last).length;
        expect(before * OPTIONS.perCallMs).toBeLessThanOrEqual(last - (departures[0] as number));
      }),
    );
  });
});
