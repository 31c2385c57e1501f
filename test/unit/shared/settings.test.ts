import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS, OFF, type Settings, settingsSchema } from "../../../workers/shared/settings.ts";

/** The largest value of each setting; the smallest is 0 everywhere, which switches off. */
const LARGEST: Settings = {
  addressRequestsPerWindow: 1_000_000,
  addressWindowSeconds: 3_600,
  accountRequestsPerWindow: 1_000_000,
  accountWindowSeconds: 3_600,
  userIntervalMs: 60_000,
  overloadFactor: 1_000,
  fleetRequestsPerSecond: 10_000_000,
  strikesBeforeChallenge: 10_000,
  strikesBeforeBlacklist: 10_000,
  challengeCost: 100_000,
  blacklistSeconds: 31_536_000,
  accessDecisionSeconds: 3_600,
  gatesPerSpike: 64,
  salesPaused: 1,
};
const accepts = (name: string, value: unknown) =>
  settingsSchema.safeParse({ ...DEFAULT_SETTINGS, [name]: value }).success;

describe.each(Object.entries(LARGEST))("the setting %s", (name, largest) => {
  it.each([
    [-1, false],
    [OFF, true],
    [largest, true],
    [largest + 1, false],
    [0.5, false],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
    ["1", false],
    [null, false],
  ])("as %s is accepted: %s", (value, accepted) => {
    expect(accepts(name, value)).toBe(accepted);
  });
});

it("has no other setting, and takes none", () => {
  expect(Object.keys(DEFAULT_SETTINGS).toSorted()).toEqual(Object.keys(LARGEST).toSorted());
  expect(accepts("anything", 1)).toBe(false);
});
