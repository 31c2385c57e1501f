import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import type { Attempt } from "../../../workers/spike/funnel/attempt.ts";
import { overload, PLACE_LOST_MS, takePlace } from "../../../workers/spike/funnel/overload.ts";

const SPIKE_ID = "s1";
const NOW = 1_800_000_000_000;

const entered: (() => void)[] = [];
const leaveAll = () => {
  for (const leave of entered.splice(0)) leave();
};
afterEach(leaveAll);

/**
 * One more purchase under way, of a spike with so much stock left; the refusal's code, or null.
 * @param cameAt when its request came, whose body is there `now`.
 */
function enter(available: number, overloadFactor: number, now = NOW, cameAt = now) {
  const attempt: Attempt = {
    env,
    settings: { ...DEFAULT_SETTINGS, overloadFactor },
    now: cameAt,
    spikeId: SPIKE_ID,
    purchaseToken: "",
    key: null,
    identify: async () => undefined,
    address: null,
    country: null,
    hostname: "spike.test",
    solution: null,
    stock: { available, total: 100, paused: false, configVersion: 1 },
  };
  const refusal = overload.check(attempt, now);
  if (!refusal) entered.push(takePlace(SPIKE_ID, now));
  return refusal?.code ?? null;
}

function passing(count: number, available: number, factor: number): number {
  let passed = 0;
  for (let i = 0; i < count; i++) if (enter(available, factor) === null) passed++;
  return passed;
}

describe("the overload bucket", () => {
  it.each([
    [9, 5, 2, 9],
    [10, 5, 2, 10],
    [11, 5, 2, 10],
    [4, 1, 3, 3],
    [1_000, 5, 0, 1_000],
  ])("of %i purchases for %i units with factor %i lets %i in", (asked, available, factor, passed) => {
    expect(passing(asked, available, factor)).toBe(passed);
  });

  it("follows what is left", () => {
    expect(passing(10, 5, 2)).toBe(10);
    expect(enter(4, 2)).toBe("overloaded");
    expect(enter(6, 2)).toBeNull();
  });

  it("has room again as soon as a purchase is decided", () => {
    passing(11, 5, 2);
    leaveAll();
    expect(passing(11, 5, 2)).toBe(10);
  });

  it("takes a place back once, however often it is given back", () => {
    expect(passing(2, 2, 1)).toBe(2);
    const [first] = entered;
    first?.();
    first?.();
    expect(passing(2, 2, 1)).toBe(1);
  });

  it.each([
    ["nobody gives back", PLACE_LOST_MS],
    ["is in the future, by a clock that went back", -PLACE_LOST_MS],
  ])("forgets a place that %s", (_, elapsedMs) => {
    expect(passing(1, 1, 1)).toBe(1);
    expect(enter(1, 1, NOW + elapsedMs - Math.sign(elapsedMs))).toBe("overloaded");
    expect(enter(1, 1, NOW + elapsedMs)).toBeNull();
    expect(enter(1, 1, NOW + elapsedMs)).toBe("overloaded");
  });

  it("forgets nobody's place because of a request whose body was long on its way", () => {
    expect(passing(1, 1, 1)).toBe(1);
    expect(enter(1, 1, NOW, NOW - PLACE_LOST_MS)).toBe("overloaded");
  });

  it("leaves it to the next filter to say that nothing is left", () => {
    expect(enter(0, 2)).toBeNull();
  });
});
