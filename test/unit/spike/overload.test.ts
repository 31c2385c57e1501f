import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import type { Attempt } from "../../../workers/spike/funnel/attempt.ts";
import { overload } from "../../../workers/spike/funnel/overload.ts";

const entered: Attempt[] = [];
const leaveAll = () => {
  for (const attempt of entered.splice(0)) for (const leave of attempt.onLeave) leave();
};
afterEach(leaveAll);

/** One more purchase under way, of a spike with so much stock left; the refusal's code, or null. */
async function enter(available: number, overloadFactor: number) {
  const attempt: Attempt = {
    env,
    settings: { ...DEFAULT_SETTINGS, overloadFactor },
    now: Date.now(),
    spikeId: "s1",
    purchaseToken: "",
    key: null,
    identify: async () => undefined,
    address: null,
    country: null,
    hostname: "spike.test",
    solution: null,
    stock: { available, total: 100, paused: false, configVersion: 1 },
    onLeave: [],
  };
  entered.push(attempt);
  return (await overload.check(attempt))?.code ?? null;
}

async function passing(count: number, available: number, factor: number): Promise<number> {
  let passed = 0;
  for (let i = 0; i < count; i++) if ((await enter(available, factor)) === null) passed++;
  return passed;
}

describe("the overload bucket", () => {
  it.each([
    [9, 5, 2, 9],
    [10, 5, 2, 10],
    [11, 5, 2, 10],
    [4, 1, 3, 3],
    [1_000, 5, 0, 1_000],
  ])("of %i purchases for %i units with factor %i lets %i in", async (asked, available, factor, passed) => {
    expect(await passing(asked, available, factor)).toBe(passed);
  });

  it("follows what is left", async () => {
    expect(await passing(10, 5, 2)).toBe(10);
    expect(await enter(4, 2)).toBe("overloaded");
    expect(await enter(6, 2)).toBeNull();
  });

  it("has room again as soon as a purchase is decided", async () => {
    await passing(11, 5, 2);
    leaveAll();
    expect(await passing(11, 5, 2)).toBe(10);
  });

  it("leaves it to the next filter to say that nothing is left", async () => {
    expect(await enter(0, 2)).toBeNull();
  });
});
