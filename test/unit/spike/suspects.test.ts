import { describe, expect, it } from "vitest";
import type { GateLimits, StrikesReport } from "../../../durable-objects/spike-gate/messages.ts";
import {
  STRIKE_HALF_LIFE_MS,
  STRIKE_PAUSE_MS,
  type Standing,
  type Subject,
} from "../../../workers/shared/strikes.ts";
import { REPORT_MAX, REPORT_PAUSE_MS, suspectMemory, Suspects } from "../../../workers/spike/suspects.ts";

const LIMITS: GateLimits = {
  accountRequestsPerWindow: 100,
  accountWindowSeconds: 10,
  strikesBeforeChallenge: 5,
  strikesBeforeBlacklist: 20,
  blacklistSeconds: 600,
};
const user = (value: string): Subject => ({ kind: "user", value });
const ADDRESS: Subject = { kind: "ip", value: "203.0.113.7" };

/** An isolate's suspects before a keeper whose answers the test gives, on a clock that the test turns. */
function isolate(memory = suspectMemory()) {
  const reports: {
    id: string | undefined;
    strikes: StrikesReport["strikes"];
    answer: (standings: Standing[]) => Promise<void>;
    fail: () => Promise<void>;
  }[] = [];
  const clock = { now: 1_800_000_000_000 };
  const suspects = new Suspects({
    memory,
    now: () => clock.now,
    waitUntil: (work) => void work,
    send: ({ id, strikes }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Standing[]>();
      const settled = async () => {
        await promise.catch(() => undefined);
        await Promise.resolve();
        await Promise.resolve();
      };
      reports.push({
        id,
        strikes: structuredClone(strikes),
        answer: (standings) => (resolve(standings), settled()),
        fail: () => (reject(new Error("the gate is away")), settled()),
      });
      return promise;
    },
  });
  const strike = (subject: Subject, accounts = 0) => suspects.strike(subject, "bad_token", accounts, LIMITS);
  const standingOf = (subject: Subject) => suspects.standingOf(subject, LIMITS);
  return { suspects, clock, reports, strike, standingOf };
}

describe("Suspects", () => {
  it("counts strikes at once and reports the first at once", () => {
    const { strike, standingOf, reports } = isolate();
    strike(user("u1"));
    expect(standingOf(user("u1")).strikes).toBe(1);
    expect(standingOf(user("u2")).strikes).toBe(0);
    expect(reports.map(({ strikes }) => strikes)).toEqual([
      [{ subject: user("u1"), count: 1, reason: "bad_token", accounts: 0 }],
    ]);
  });

  it.each([
    [STRIKE_PAUSE_MS - 1, 1],
    [STRIKE_PAUSE_MS, 2],
  ])("takes two strikes of an account %i ms apart for %i", (elapsedMs, strikes) => {
    const { strike, standingOf, clock } = isolate();
    strike(user("u1"));
    clock.now += elapsedMs;
    expect(strike(user("u1"))).toBe(strikes === 2);
    expect(standingOf(user("u1")).strikes).toBeCloseTo(strikes, 1);
  });

  it("counts all strikes of an address, since they are of different accounts", () => {
    const { strike, standingOf } = isolate();
    for (let i = 0; i < 5; i++) strike(ADDRESS, i);
    expect(standingOf(ADDRESS).strikes).toBe(5);
  });

  it("reports at most once a second, and then everything", async () => {
    const { strike, clock, reports } = isolate();
    strike(user("u1"));
    await reports[0]?.answer([{ strikes: 1 }]);
    clock.now += STRIKE_PAUSE_MS;
    strike(user("u1"));
    strike(user("u2"));
    clock.now += REPORT_PAUSE_MS - STRIKE_PAUSE_MS - 1;
    strike(user("u3"));
    expect(reports).toHaveLength(1);
    clock.now += 1;
    strike(user("u4"));
    expect(reports[1]?.strikes.map(({ subject, count }) => [subject.value, Math.round(count)])).toEqual([
      ["u1", 1],
      ["u2", 1],
      ["u3", 1],
      ["u4", 1],
    ]);
  });

  it("takes over what the keeper says, with what has come meanwhile", async () => {
    const { strike, standingOf, clock, reports } = isolate();
    strike(user("u1"));
    clock.now += STRIKE_PAUSE_MS;
    strike(user("u1"));
    await reports[0]?.answer([{ strikes: 9, barredUntil: clock.now + 5_000 }]);
    expect(standingOf(user("u1"))).toEqual({ strikes: 10, barredUntil: clock.now + 5_000 });
    clock.now += 5_000;
    expect(standingOf(user("u1")).barredUntil).toBeUndefined();
  });

  it("asks again about a suspect that comes again, and believes that it was forgiven", async () => {
    const { strike, standingOf, clock, reports } = isolate();
    for (let i = 0; i < 6; i++) strike(ADDRESS);
    await reports[0]?.answer([{ strikes: 1 }]);
    clock.now += REPORT_PAUSE_MS;
    expect(standingOf(ADDRESS).strikes).toBeGreaterThan(5);
    await reports[1]?.answer([{ strikes: 0 }]);
    expect(standingOf(ADDRESS).strikes).toBe(0);
  });

  it("lets strikes fade that wait to be reported", async () => {
    const { strike, standingOf, clock, reports } = isolate();
    strike(ADDRESS);
    await reports[0]?.answer([{ strikes: 1 }]);
    for (let i = 0; i < 4; i++) strike(ADDRESS);
    clock.now += STRIKE_HALF_LIFE_MS;
    standingOf(ADDRESS);
    expect(reports[1]?.strikes[0]?.count).toBeCloseTo(2);
  });

  it("loses no strike when the keeper is away", async () => {
    const { strike, standingOf, clock, reports } = isolate();
    strike(user("u1"));
    await reports[0]?.fail();
    clock.now += REPORT_PAUSE_MS;
    standingOf(user("u1"));
    expect(reports[1]?.strikes[0]?.count).toBeCloseTo(1, 1);
  });

  it("repeats what was not answered as it was, and tells afterwards what has come meanwhile", async () => {
    const { strike, standingOf, clock, reports } = isolate();
    strike(user("u1"));
    await reports[0]?.fail();
    clock.now += REPORT_PAUSE_MS;
    strike(user("u1"));
    expect(reports[1]).toMatchObject({ id: reports[0]?.id, strikes: reports[0]?.strikes });
    await reports[1]?.answer([{ strikes: 1 }]);
    expect(standingOf(user("u1")).strikes).toBe(2);
    clock.now += REPORT_PAUSE_MS;
    standingOf(user("u1"));
    expect(reports[2]?.id).not.toBe(reports[0]?.id);
    expect(reports[2]?.strikes[0]?.count).toBeCloseTo(1, 1);
  });

  it("takes of a report that was repeated the first answer alone", async () => {
    const { strike, standingOf, clock, reports } = isolate();
    strike(user("u1"));
    clock.now += 10_000;
    standingOf(user("u1"));
    await reports[1]?.answer([{ strikes: 7 }]);
    expect(standingOf(user("u1")).strikes).toBe(7);
    await reports[0]?.answer([{ strikes: 1 }]);
    expect(standingOf(user("u1")).strikes).toBe(7);
  });

  it("does not repeat what was forgiven in between", async () => {
    const { suspects, strike, clock, reports } = isolate();
    strike(user("u1"));
    await reports[0]?.fail();
    suspects.forget(user("u1"));
    clock.now += REPORT_PAUSE_MS;
    strike(user("u2"));
    expect(reports[1]?.strikes).toMatchObject([{ subject: user("u1"), count: 0 }]);
  });

  it("is not silenced for ever by a report that never ended", () => {
    const { strike, clock, reports } = isolate();
    strike(user("u1"));
    clock.now += 5_000;
    strike(user("u1"));
    expect(reports).toHaveLength(1);
    clock.now += 5_000;
    strike(user("u1"));
    expect(reports).toHaveLength(2);
  });

  it.each([
    [REPORT_MAX - 1, REPORT_MAX - 1],
    [REPORT_MAX, REPORT_MAX],
    [REPORT_MAX + 1, REPORT_MAX],
  ])("of %i subjects reports %i at a time", async (subjects, reported) => {
    const { strike, clock, reports } = isolate();
    strike(user("first"));
    await reports[0]?.answer([{ strikes: 1 }]);
    for (let i = 0; i < subjects - 1; i++) strike(user(`u${i}`));
    clock.now += REPORT_PAUSE_MS;
    strike(user("last"));
    expect(reports[1]?.strikes).toHaveLength(reported);
  });

  it("of all gates are remembered up to one bound, and whoever is forgotten is no news either", async () => {
    const memory = suspectMemory(3);
    const [one, other] = [isolate(memory), isolate(memory)];
    one.strike(user("u1"));
    other.strike(user("u1"));
    // Both have told of their first; what follows waits for the next report.
    for (const name of ["u2", "u3", "u4", "u5"]) one.strike(user(name));
    expect(memory.size).toBe(3);
    expect(other.standingOf(user("u1")).strikes).toBe(0);
    expect(one.standingOf(user("u2")).strikes).toBe(0);
    await one.reports[0]?.answer([{ strikes: 1 }]);
    one.clock.now += REPORT_PAUSE_MS;
    one.standingOf(user("u5"));
    expect(one.reports[1]?.strikes.map(({ subject }) => subject.value)).toEqual(["u3", "u4", "u5"]);
  });

  it("of two gates are told apart", () => {
    const memory = suspectMemory();
    const [one, other] = [isolate(memory), isolate(memory)];
    one.strike(user("u1"));
    expect(one.standingOf(user("u1")).strikes).toBe(1);
    expect(other.standingOf(user("u1")).strikes).toBe(0);
    other.suspects.forget(user("u1"));
    expect(one.standingOf(user("u1")).strikes).toBe(1);
  });

  it("forgets what is forgiven", () => {
    const { suspects, strike, standingOf } = isolate();
    strike(user("u1"));
    suspects.forget(user("u1"));
    expect(standingOf(user("u1")).strikes).toBe(0);
  });

  it.each([-86_400_000, 86_400_000])("goes on reporting when the clock jumps by %i ms", async (jumpMs) => {
    const { strike, clock, reports } = isolate();
    strike(user("u1"));
    await reports[0]?.answer([{ strikes: 1 }]);
    clock.now += jumpMs;
    strike(user("u1"));
    expect(reports).toHaveLength(2);
  });
});
