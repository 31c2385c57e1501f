import { describe, expect, it } from "vitest";
import { TrafficMeter } from "../../../../durable-objects/spike-gate/traffic-meter.ts";
import { FleetShare, SILENT_ISOLATES } from "../../../../workers/shared/rate/fleet-share.ts";

const START = 1_800_000_000_000;
const CEILING = 1_000;

/** Isolates that each get so many evenly spread requests a second; returns what they let in, second by second. */
function play(demands: number[], seconds: number, ceiling = CEILING): number[] {
  const meter = new TrafficMeter();
  const isolates = demands.map(() => new FleetShare(START));
  return Array.from({ length: seconds }, (_, second) => {
    let admitted = 0;
    isolates.forEach((share, i) => {
      const demand = demands[i] as number;
      for (let n = 0; n < demand; n++) {
        const now = START + second * 1_000 + (n * 1_000) / demand;
        const due = share.due(ceiling, now);
        if (due !== null) {
          share.learn(due, meter.report({ isolate: `isolate ${i}`, requestsPerSecond: due }, now));
        }
        if (share.admit(ceiling, now, false) === 0) admitted++;
      }
    });
    return admitted;
  });
}

describe("FleetShare", () => {
  it.each([
    ["below", 999, 999],
    ["at", 1_000, 1_000],
    ["above", 1_001, 1_000],
  ])("lets one isolate burst to just %s the ceiling", (_where, asked, expected) => {
    const share = new FleetShare(START);
    let admitted = 0;
    for (let i = 0; i < asked; i++) if (share.admit(CEILING, START, false) === 0) admitted++;
    expect(admitted).toBe(expected);
  });

  it("touches nobody while all together stay below the ceiling", () => {
    expect(play([300, 300, 300], 6)).toEqual(Array(6).fill(900));
  });

  it("brings isolates that do not know each other down to the ceiling", () => {
    const admitted = play([2_000, 500, 500, 1_000], 8);
    for (const inOneSecond of admitted.slice(3)) {
      expect(inOneSecond).toBeGreaterThan(CEILING * 0.9);
      expect(inOneSecond).toBeLessThan(CEILING * 1.1);
    }
  });

  it("shares by demand", () => {
    const share = new FleetShare(START);
    share.learn(300, 3_000);
    expect(share.shareOf(CEILING)).toBe(100);
    share.learn(300, 800);
    expect(share.shareOf(CEILING)).toBe(500);
  });

  /** Second by second, what is let in of so many who ask for a token, and of so many purchases between them. */
  function playBoth(asking: number, buying: number, seconds: number) {
    const share = new FleetShare(START);
    return Array.from({ length: seconds }, (_, second) => {
      const admitted = { asking: 0, buying: 0 };
      for (let n = 0; n < asking + buying; n++) {
        const now = START + second * 1_000 + (n * 1_000) / (asking + buying);
        const due = share.due(CEILING, now);
        if (due !== null) share.learn(due, due);
        const isPurchase =
          Math.floor((n * buying) / (asking + buying)) < Math.floor(((n + 1) * buying) / (asking + buying));
        if (share.admit(CEILING, now, isPurchase) === 0) admitted[isPurchase ? "buying" : "asking"]++;
      }
      return admitted;
    });
  }

  it("lets those buy who have been let in, however many ask to be", () => {
    for (const { asking, buying } of playBoth(100_000, 400, 8).slice(2)) {
      expect(buying).toBe(400);
      expect(asking).toBeGreaterThan(CEILING * 0.9 - 400);
      expect(asking).toBeLessThan(CEILING * 1.1 - 400);
    }
  });

  it("does not let those who ask be kept out by purchases, whose tokens nobody has looked at", () => {
    for (const { asking, buying } of playBoth(5_000, 5_000, 8).slice(2)) {
      expect(buying + asking).toBeLessThan(CEILING * 1.1);
      // Half of it comes first, the other half is for whoever finds a place.
      expect(asking).toBeGreaterThan(CEILING * 0.2);
      expect(buying).toBeGreaterThan(CEILING * 0.45);
    }
    const [, , after] = playBoth(5_000, 0, 3);
    expect(after?.asking).toBeGreaterThan(CEILING * 0.9);
  });

  it.each([1, 2, 3])("of %i a second, lets those ask who come when nobody has for a while", (ceiling) => {
    const share = new FleetShare(START);
    share.admit(ceiling, START, true);
    share.admit(ceiling, START, true);
    share.due(ceiling, START + 1_000);
    expect(share.admit(ceiling, START + 10_000, false)).toBe(0);
  });

  it("says how long to wait", () => {
    const share = new FleetShare(START);
    for (let i = 0; i < 10; i++) share.admit(10, START, false);
    expect(share.admit(10, START, false)).toBeCloseTo(100);
    expect(share.admit(10, START + 100, false)).toBe(0);
  });

  it.each([
    [999, null],
    [1_000, 2_000],
    [2_000, 1_000],
  ])("after %i ms reports %s a second", (elapsedMs, perSecond) => {
    const share = new FleetShare(START);
    for (let i = 0; i < 2_000; i++) share.admit(CEILING, START, false);
    expect(share.due(CEILING, START + elapsedMs)).toBe(perSecond);
  });

  it("reports at most once a second", () => {
    const share = new FleetShare(START);
    for (let i = 0; i < 100; i++) share.admit(CEILING, START, false);
    expect(share.due(CEILING, START + 1_000)).toBe(100);
    for (let ms = 1_000; ms < 2_000; ms += 10) expect(share.due(CEILING, START + ms)).toBeNull();
  });

  it("stays silent below its part of the ceiling", () => {
    const share = new FleetShare(START);
    for (let i = 0; i < 10; i++) share.admit(10 * SILENT_ISOLATES, START, false);
    expect(share.due(10 * SILENT_ISOLATES + 1, START + 1_000)).toBeNull();
    for (let i = 0; i < 10; i++) share.admit(10 * SILENT_ISOLATES, START, false);
    expect(share.due(10 * SILENT_ISOLATES, START + 2_000)).toBe(10);
  });

  it.each([-86_400_000, 86_400_000])("goes on when the clock jumps by %i ms", (jumpMs) => {
    const share = new FleetShare(START);
    for (let i = 0; i < CEILING; i++) share.admit(CEILING, START, false);
    const jumped = START + jumpMs;
    share.due(CEILING, jumped);
    let admitted = 0;
    for (let ms = 0; ms < 3_000; ms++) if (share.admit(CEILING, jumped + ms, false) === 0) admitted++;
    expect(admitted).toBeGreaterThanOrEqual(3_000 - CEILING);
    expect(share.due(CEILING, jumped + 3_000)).toBeGreaterThan(0);
  });
});

describe("TrafficMeter", () => {
  const report = (meter: TrafficMeter, isolate: string, requestsPerSecond: number, now: number) =>
    meter.report({ isolate, requestsPerSecond }, now);

  it("adds up the newest report of each isolate", () => {
    const meter = new TrafficMeter();
    expect(report(meter, "a", 100, START)).toBe(100);
    expect(report(meter, "b", 50, START)).toBe(150);
    expect(report(meter, "a", 20, START + 1_000)).toBe(70);
  });

  it("forgets isolates that have fallen silent", () => {
    const meter = new TrafficMeter();
    report(meter, "a", 100, START);
    report(meter, "b", 50, START + 2_999);
    expect(report(meter, "b", 50, START + 3_000)).toBe(50);
  });

  it("goes on when the clock jumps back", () => {
    const meter = new TrafficMeter();
    report(meter, "a", 100, START);
    expect(report(meter, "b", 50, START - 86_400_000)).toBe(50);
  });
});
