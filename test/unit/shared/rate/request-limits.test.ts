import { describe, expect, it } from "vitest";
import {
  limitAccount,
  limitAddress,
  type LimitedAction,
} from "../../../../workers/shared/rate/request-limits.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../../../workers/shared/settings.ts";

const START = 1_800_000_000_000;
const LIMIT = 3;
const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  addressRequestsPerWindow: LIMIT,
  addressWindowSeconds: 6,
  accountRequestsPerWindow: LIMIT,
  accountWindowSeconds: 6,
};

let subjects = 0;
/** Nobody another test has counted. */
const someone = () => `subject-${subjects++}`;

describe.each([
  ["address", limitAddress, "addressRequestsPerWindow", "addressWindowSeconds"],
  ["account", limitAccount, "accountRequestsPerWindow", "accountWindowSeconds"],
] as const)("the limit per %s", (_name, limit, perWindow, windowSeconds) => {
  const count = (who: string, times: number, settings = SETTINGS, action: LimitedAction = "token") =>
    Array.from({ length: times }, () => limit(action, who, settings, START)).filter((no) => no === null)
      .length;

  it.each([
    [LIMIT - 1, LIMIT - 1],
    [LIMIT, LIMIT],
    [LIMIT + 1, LIMIT],
  ])("of %i requests lets %i through", (asked, passed) => {
    expect(count(someone(), asked)).toBe(passed);
  });

  it("refuses with an honest time to come back", () => {
    const who = someone();
    count(who, LIMIT);
    const refusal = limit("token", who, SETTINGS, START);
    expect(refusal?.code).toBe("rate_limited");
    const seconds = refusal?.details.retryAfter ?? 0;
    // One of three tokens comes back every two seconds; up to one second is jitter.
    expect(seconds).toBeGreaterThanOrEqual(2);
    expect(seconds).toBeLessThanOrEqual(3);
    expect(limit("token", who, SETTINGS, START + seconds * 1_000)).toBeNull();
  });

  it("counts each action by itself", () => {
    const who = someone();
    count(who, LIMIT);
    expect(count(who, 1, SETTINGS, "orders")).toBe(1);
  });

  it.each([perWindow, windowSeconds])("is off when %s is 0", (name) => {
    expect(count(someone(), 5_000, { ...SETTINGS, [name]: 0 })).toBe(5_000);
  });
});

it("does not count what has no address", () => {
  for (let i = 0; i < 100; i++) expect(limitAddress("sale", null, SETTINGS, START)).toBeNull();
});
