import { describe, expect, it } from "vitest";
import { ServerClock } from "../../../client/shared/clock.ts";
import { thresholdBetween } from "../../../client/shared/announcer.ts";
import { nextLookMs, phaseNow } from "../../../client/sale/looks.ts";

const SERVER = 1_800_000_000_000;

describe("the server's clock", () => {
  it("is right to half the round trip, and keeps the fastest comparison", () => {
    let steady = 1_000;
    const clock = new ServerClock(() => steady);
    clock.add({ sent: 1_000, received: 1_400, server: SERVER });
    expect(clock.errorMs).toBe(200);
    clock.add({ sent: 2_000, received: 2_020, server: SERVER + 1_000 });
    expect(clock.errorMs).toBe(10);
    clock.add({ sent: 3_000, received: 3_800, server: SERVER + 9_999 });
    steady = 5_010;
    expect(clock.now()).toBe(SERVER + 4_000);
  });

  it("forgets a comparison that has grown old, or that a sleep has spoilt", () => {
    const clock = new ServerClock(() => 0);
    clock.add({ sent: 0, received: 10, server: SERVER });
    clock.add({ sent: 700_000, received: 700_100, server: SERVER + 700_050 });
    expect(clock.errorMs).toBe(50);
    clock.doubt();
    expect(clock.isSet).toBe(false);
    clock.add({ sent: 700_200, received: 700_400, server: SERVER + 700_300 });
    expect(clock.errorMs).toBe(100);
  });

  it("goes by the later of two clocks after a sleep, until it hears of the server", () => {
    let steady = 0;
    let local = SERVER - 3_600_000; // an hour slow, as it always was
    const clock = new ServerClock(
      () => steady,
      () => local,
    );
    clock.add({ sent: 0, received: 0, server: SERVER });
    steady += 1_000;
    local += 60_000;
    expect(clock.now()).toBe(SERVER + 1_000);
    clock.doubt();
    expect(clock.now()).toBe(SERVER + 60_000);
    local -= 7_200_000; // somebody set it back
    expect(clock.now()).toBe(SERVER + 1_000);
  });

  it("does not look at the local clock once it is set", () => {
    const clock = new ServerClock(() => 100);
    clock.add({ sent: 90, received: 100, server: 5 });
    expect(clock.now()).toBe(10);
  });
});

describe("a countdown's voice", () => {
  it("speaks once as a threshold is passed", () => {
    expect(thresholdBetween(60_001, 60_000)).toBe(60);
    expect(thresholdBetween(60_000, 59_000)).toBeUndefined();
    expect(thresholdBetween(61_000, 60_001)).toBeUndefined();
    expect(thresholdBetween(10_500, 9_900)).toBe(10);
  });

  it("says only the last of several that were slept through, and nothing at the end", () => {
    expect(thresholdBetween(4_000_000, 29_000)).toBe(30);
    expect(thresholdBetween(500, 0)).toBeUndefined();
  });
});

const sale = { startsAt: SERVER, endsAt: SERVER + 3_600_000, remaining: 5, stock: 5, isPaused: false };

describe("looking at the stock", () => {
  it("knows start and end without asking", () => {
    expect(phaseNow(sale, SERVER - 1)).toBe("upcoming");
    expect(phaseNow(sale, SERVER)).toBe("open");
    expect(phaseNow({ ...sale, remaining: 0 }, SERVER)).toBe("sold_out");
    expect(phaseNow({ ...sale, isPaused: true }, SERVER)).toBe("paused");
    expect(phaseNow(sale, sale.endsAt)).toBe("ended");
  });

  it("stays away from the last seconds before the start, and spreads out after it", () => {
    for (const chance of [0, 0.5, 0.999]) {
      for (let before = 1; before <= 600_000; before += 977) {
        const pause = nextLookMs(sale, SERVER - before, chance) ?? 0;
        const at = SERVER - before + pause;
        expect(at > SERVER - 4_000 && at < SERVER, `${before} ms before`).toBe(false);
      }
    }
    expect(nextLookMs(sale, SERVER - 1_000, 0.5)).toBe(2_500);
    expect(nextLookMs(sale, SERVER, 0)).toBe(2_000);
    expect(nextLookMs(sale, sale.endsAt, 0)).toBeUndefined();
  });
});
