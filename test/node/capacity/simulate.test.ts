import { describe, expect, it } from "vitest";
import { readServiceTimes } from "../../../bench/capacity/measure.ts";
import type { Forecast } from "../../../bench/capacity/simulation/scene.ts";
import { simulate } from "../../../bench/capacity/simulation/simulate.ts";
import { edge, oneProcess } from "../../../bench/capacity/topology.ts";

const { cpuMs } = await readServiceTimes();

const FORECAST: Forecast = {
  users: 20_000,
  stock: 500,
  arrival: "burst",
  windowMs: 5_000,
  holdMs: 60_000,
  payShare: 1,
  thinkMinMs: 0,
  thinkMaxMs: 3_000,
  gates: 4,
  stripes: 1,
  fleetRequestsPerSecond: 0,
  overloadFactor: 0,
};

function onTheEdge(changes: Partial<Forecast> = {}) {
  const forecast = { ...FORECAST, ...changes };
  return simulate(forecast, edge({ ...forecast, regions: 3, isolatesPerRegion: 20 }, cpuMs));
}

describe("a simulated sale", () => {
  it.each([1, 2, 8])("sells everything once with %i stripes, records and pays all of it", (stripes) => {
    const { tally } = onTheEdge({ stripes });
    expect(tally).toMatchObject({ wins: 500, paid: 500, recorded: 1_000 });
    expect(tally.soldOutMs).toBeGreaterThan(0);
  });

  it("lets payments that come together share the ledger's transactions, as purchases do", () => {
    const steps = 2 * FORECAST.stock;
    const { tally } = onTheEdge({ thinkMaxMs: 0 });
    expect(tally.paid).toBe(FORECAST.stock);
    expect(tally.ledgerCalls).toBeLessThan(steps / 5);
    // One by one they cannot: each pays in a moment of its own.
    const apart = onTheEdge({ thinkMaxMs: 600_000, holdMs: 3_600_000 });
    expect(apart.tally.paid).toBe(FORECAST.stock);
    expect(apart.tally.ledgerCalls).toBeGreaterThan(steps);
  });

  it("gives every shopper an end: a win or a sold out, when nothing is shed", () => {
    const { tally } = onTheEdge();
    const soldOut = tally.stopped["sold_out, from memory"] + tally.stopped["sold_out, by the ledger"];
    expect(tally.wins + soldOut).toBe(FORECAST.users);
    // Who came before the start asked twice.
    expect(tally.tokens).toBe(FORECAST.users + tally.stopped.phase);
  });

  it("leaves stock when the crowd is too small, and never says that it sold out", () => {
    const { tally } = onTheEdge({ users: 300 });
    expect(tally).toMatchObject({ wins: 300, soldOutMs: null });
  });

  it("sheds beyond the ceiling, and who is shed comes again", () => {
    const { tally } = onTheEdge({ fleetRequestsPerSecond: 2_000 });
    expect(tally.stopped.fleet_ceiling).toBeGreaterThan(0);
    expect(tally.wins).toBe(500);
    const admitted = tally.tokens - tally.stopped.phase - tally.stopped["sold_out, from memory"];
    expect(admitted).toBeGreaterThan(FORECAST.stock);
  });

  it("sheds beyond the overload bucket", () => {
    const { tally } = onTheEdge({ overloadFactor: 1, stock: 5 });
    expect(tally.stopped.overload).toBeGreaterThan(0);
    expect(tally.wins).toBe(5);
  });

  it("is the same sale for the same input", () => {
    const figures = () => {
      const { tally, rushMs } = onTheEdge();
      return { ...tally, rushMs, p99: tally.winLatency.percentile(0.99) };
    };
    expect(figures()).toEqual(figures());
  });

  it("takes longer on one core, whose parts wait for each other", () => {
    const one = simulate({ ...FORECAST, gates: 1 }, oneProcess({ gates: 1, stripes: 1 }, cpuMs, 1, 256));
    expect(one.tally.wins).toBe(500);
    expect(one.tally.soldOutMs).toBeGreaterThan(onTheEdge().tally.soldOutMs ?? Number.NaN);
    // Everything it did was done by the one core.
    expect(one.topology.front[0]).toBe(one.topology.ledgers[0]);
  });
});
