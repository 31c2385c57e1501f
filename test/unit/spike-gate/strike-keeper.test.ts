import { describe, expect, it } from "vitest";
import { BRIDGE_MS, StrikeKeeper, SUBJECTS_MAX } from "../../../durable-objects/spike-gate/strike-keeper.ts";
import {
  HOUSEHOLD_ACCOUNTS,
  CROWD_ACCOUNTS,
  isSuspiciousAddress,
  mustBar,
  needsChallenge,
  STRIKE_HALF_LIFE_MS,
  STRIKE_PAUSE_MS,
  type Subject,
} from "../../../workers/shared/strikes.ts";

const START = 1_800_000_000_000;
const BOUNDS = { strikesBeforeChallenge: 5, strikesBeforeBlacklist: 20, blacklistSeconds: 600 };
const USER: Subject = { kind: "user", value: "u1" };
const ADDRESS: Subject = { kind: "ip", value: "203.0.113.7" };

describe("what strikes lead to", () => {
  it.each([
    [4, false],
    [5, false],
    [5.01, true],
  ])("a challenge for an account with %f strikes: %s", (strikes, expected) => {
    expect(needsChallenge(strikes, BOUNDS)).toBe(expected);
  });

  it.each([
    [1, 1, false],
    [1, 2, false],
    [2, 2, true],
    [2, HOUSEHOLD_ACCOUNTS, true],
    [2, HOUSEHOLD_ACCOUNTS + 1, false],
    [3, 2 * HOUSEHOLD_ACCOUNTS, true],
    [13, CROWD_ACCOUNTS, false],
    [14, CROWD_ACCOUNTS, true],
  ])("a challenge for an address with %i culprits among %i accounts: %s", (culprits, accounts, expected) => {
    expect(isSuspiciousAddress(culprits, accounts)).toBe(expected);
  });

  it.each([
    ["user", 20, 0, false],
    ["user", 20.01, 0, true],
    ["ip", 20 * HOUSEHOLD_ACCOUNTS, 1, false],
    ["ip", 20 * HOUSEHOLD_ACCOUNTS + 0.01, 1, true],
    ["ip", 20 * 30, 30, false],
    ["ip", 20 * 30 + 0.01, 30, true],
    ["ip", 20 * (CROWD_ACCOUNTS - 1) + 0.01, CROWD_ACCOUNTS - 1, true],
    ["ip", 1_000_000, CROWD_ACCOUNTS, false],
  ] as const)(
    "the blacklist, for %s with %f strikes of %i accounts: %s",
    (kind, strikes, accounts, expected) => {
      expect(mustBar(kind, strikes, accounts, BOUNDS)).toBe(expected);
    },
  );

  it("nothing when the bounds are 0", () => {
    const off = { strikesBeforeChallenge: 0, strikesBeforeBlacklist: 0, blacklistSeconds: 600 };
    expect(needsChallenge(1e9, off)).toBe(false);
    expect(mustBar("user", 1e9, 0, off)).toBe(false);
    expect(mustBar("user", 1e9, 0, { ...BOUNDS, blacklistSeconds: 0 })).toBe(false);
  });
});

describe("StrikeKeeper", () => {
  const strike = (keeper: StrikeKeeper, count: number, now: number, subject = USER, accounts = 0) =>
    keeper.strike({ subject, count, reason: "bad_token", accounts }, BOUNDS, now);

  it("adds up strikes, and forgets half of them every minute", () => {
    const keeper = new StrikeKeeper();
    strike(keeper, 4, START);
    strike(keeper, 2, START);
    expect(keeper.standingOf(USER, START)).toEqual({ strikes: 6 });
    expect(keeper.standingOf(USER, START + STRIKE_HALF_LIFE_MS).strikes).toBeCloseTo(3);
    expect(keeper.standingOf({ kind: "ip", value: "u1" }, START)).toEqual({ strikes: 0 });
  });

  it("has no news of whom it has forgotten, however long Redis is away", () => {
    const keeper = new StrikeKeeper();
    for (let n = 0; n < SUBJECTS_MAX + 10; n++) strike(keeper, 1, START, { kind: "user", value: `u${n}` });
    const news = keeper.takeNews(2 * SUBJECTS_MAX, START, () => true);
    expect(news).toHaveLength(SUBJECTS_MAX);
    expect(news[0]?.key).toBe("user:u10");
    expect(keeper.hasNews).toBe(false);
  });

  it("bars with the strike that is one too many, and starts anew", () => {
    const keeper = new StrikeKeeper();
    expect(strike(keeper, 20, START)).toBeNull();
    expect(strike(keeper, 1, START)).toEqual({
      subject: USER,
      reason: "bad_token",
      until: START + 600_000,
      at: START,
    });
    expect(keeper.standingOf(USER, START)).toEqual({ strikes: 0, barredUntil: START + 600_000 });
  });

  it.each([
    [BRIDGE_MS - 1, true],
    [BRIDGE_MS, false],
  ])(
    "leaves a bar to the blacklist after a while: %i ms later it is in force here: %s",
    (elapsedMs, barred) => {
      const keeper = new StrikeKeeper();
      strike(keeper, 21, START);
      expect(keeper.standingOf(USER, START + elapsedMs).barredUntil !== undefined).toBe(barred);
    },
  );

  it("makes a bar longer when it happens again", () => {
    const keeper = new StrikeKeeper();
    strike(keeper, 21, START);
    expect(strike(keeper, 21, START + 60_000)?.until).toBe(START + 660_000);
  });

  it("does not bar a crowd's address, however many strikes its people collect", () => {
    const keeper = new StrikeKeeper();
    expect(strike(keeper, 100_000, START, ADDRESS, CROWD_ACCOUNTS)).toBeNull();
    expect(strike(keeper, 1, START, ADDRESS, 1)).not.toBeNull();
  });

  it("forgets what an admin forgives", () => {
    const keeper = new StrikeKeeper();
    strike(keeper, 21, START);
    strike(keeper, 6, START);
    keeper.forgive(USER, START);
    expect(keeper.standingOf(USER, START)).toEqual({ strikes: 0 });
  });

  it.each([
    [STRIKE_PAUSE_MS - 1, false],
    [STRIKE_PAUSE_MS, true],
    [-STRIKE_PAUSE_MS, true],
  ])("takes an act %i ms later for another one: %s", (elapsedMs, another) => {
    const keeper = new StrikeKeeper();
    expect(keeper.isAnotherAct(USER, START)).toBe(true);
    expect(keeper.isAnotherAct(USER, START + elapsedMs)).toBe(another);
  });

  it.each([-86_400_000, 86_400_000])("bars nobody by mistake when the clock jumps by %i ms", (jumpMs) => {
    const keeper = new StrikeKeeper();
    strike(keeper, 10, START);
    expect(strike(keeper, 1, START + jumpMs)).toBeNull();
    expect(keeper.standingOf(USER, START + jumpMs).strikes).toBeLessThanOrEqual(11);
  });
});
