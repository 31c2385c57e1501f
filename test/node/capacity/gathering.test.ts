import { describe, expect, it } from "vitest";
import { readServiceTimes } from "../../../bench/capacity/measure.ts";
import { Clock } from "../../../bench/capacity/simulation/clock.ts";
import { Isolates } from "../../../bench/capacity/simulation/isolates.ts";
import { Ledgers } from "../../../bench/capacity/simulation/ledgers.ts";
import { headcount, PartyLine } from "../../../bench/capacity/simulation/scene.ts";
import { Tally } from "../../../bench/capacity/simulation/tally.ts";
import { edge } from "../../../bench/capacity/topology.ts";
import { CALL_PACE } from "../../../workers/shared/pace.ts";

const { cpuMs } = await readServiceTimes();

/** The isolates of a region, whose calls are back after so long. */
function region({ count = 1, gates = 1, backMs = 1 }: { count?: number; gates?: number; backMs?: number }) {
  const clock = new Clock(0);
  const calls: { at: number; gate: number; purchases: number }[] = [];
  const lines = Array.from({ length: gates }, () => new PartyLine());
  const isolates = new Isolates({
    ...{ clock, count, lines },
    send: (parties, gate, returned) => {
      calls.push({ at: clock.now, gate, purchases: headcount(parties) });
      clock.at(clock.now + backMs, returned);
    },
  });
  const buy = (at: number, gate = 0, shoppers = 1) =>
    clock.at(at, () => {
      lines[gate]?.add({ shoppers, region: 0, since: at });
      isolates.call(gate);
    });
  return { calls, buy, run: () => clock.run(Number.POSITIVE_INFINITY) };
}

describe("the isolates of a region", () => {
  it("keep the pace of the real ones though their calls are back at once", () => {
    const { calls, buy, run } = region({});
    for (let at = 0; at < 50; at++) buy(at);
    run();
    expect(calls[0]).toEqual({ at: 0, gate: 0, purchases: 1 });
    expect(calls[1]).toEqual({ at: CALL_PACE.leastMs, gate: 0, purchases: 5 });
    calls.slice(1).forEach(({ at }, index) => {
      expect(at - (calls[index]?.at ?? 0)).toBeGreaterThanOrEqual(CALL_PACE.leastMs);
    });
    expect(calls.reduce((sum, { purchases }) => sum + purchases, 0)).toBe(50);
  });

  it("do not keep a full call waiting", () => {
    const { calls, buy, run } = region({});
    buy(0, 0, 250);
    run();
    expect(calls.map(({ at, purchases }) => [at, purchases])).toEqual([
      [0, 100],
      [1, 100],
      [CALL_PACE.leastMs, 50],
    ]);
  });

  it("let calls to many gates leave together, and fewer the more there are", () => {
    const gates = 32;
    const { calls, buy, run } = region({ gates });
    for (let at = 0; at < 200; at++) for (let gate = 0; gate < gates; gate++) buy(at, gate);
    run();
    const departures = new Map<number, number>();
    for (const { at } of calls) departures.set(at, (departures.get(at) ?? 0) + 1);
    expect([...departures].slice(0, 3)).toEqual([
      [0, 1],
      [CALL_PACE.leastMs, gates],
      // Two milliseconds for each of them.
      [CALL_PACE.leastMs + CALL_PACE.perCallMs * gates, gates],
    ]);
    expect(calls.reduce((sum, { purchases }) => sum + purchases, 0)).toBe(200 * gates);
  });

  it("take turns, one call each", () => {
    const { calls, buy, run } = region({ count: 3, backMs: 50 });
    for (let at = 0; at < 5; at++) buy(at);
    run();
    expect(calls.map(({ at, purchases }) => [at, purchases])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      // The two who found nobody idle, shared by those who return first.
      [50, 2],
    ]);
  });
});

describe("calls that reach a ledger together", () => {
  /** What calls of these sizes won, and for how long the ledger was busy with them. */
  function reserve(sizes: number[], stock: number) {
    const topology = edge({ regions: 1, isolatesPerRegion: 1, gates: sizes.length, stripes: 1 }, cpuMs);
    const forecast = {
      ...{ users: 1_000, stock, arrival: "burst" as const, windowMs: 1_000, holdMs: 1_000, payShare: 1 },
      ...{ thinkMinMs: 0, thinkMaxMs: 0, gates: sizes.length, stripes: 1 },
      ...{ fleetRequestsPerSecond: 0, overloadFactor: 0 },
    };
    const scene = { clock: new Clock(0), topology, forecast, tally: new Tally() };
    const ledgers = new Ledgers(scene);
    const won: number[] = [];
    for (const purchases of sizes) ledgers.reserve(0, purchases, (winners) => won.push(winners));
    scene.clock.run(Number.POSITIVE_INFINITY);
    const { objectWriteMs, objectCallMs } = topology;
    const rows = sizes.reduce((sum, size) => sum + size, 0) * cpuMs.ledgerReservation;
    const busyMs = (topology.ledgers[0]?.busyMs ?? Number.NaN) - rows;
    return { won, busyMs, objectWriteMs, objectCallMs };
  }

  it("share a transaction, and who came first is asked first", () => {
    const { won, busyMs, objectWriteMs, objectCallMs } = reserve([30, 30, 39], 70);
    expect(won).toEqual([30, 30, 10]);
    expect(busyMs).toBeCloseTo(objectWriteMs + 2 * objectCallMs);
  });

  it("share it up to a hundred purchases, and not beyond", () => {
    const full = reserve([30, 30, 40], 1_000);
    expect(full.busyMs).toBeCloseTo(full.objectWriteMs + 2 * full.objectCallMs);
    const over = reserve([30, 30, 41], 1_000);
    expect(over.busyMs).toBeCloseTo(2 * over.objectWriteMs + over.objectCallMs);
    expect(over.won).toEqual([30, 30, 41]);
    const alone = reserve([100, 1], 1_000);
    expect(alone.busyMs).toBeCloseTo(2 * alone.objectWriteMs);
  });
});
