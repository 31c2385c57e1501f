import { describe, expect, it } from "vitest";
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS, backOffMs } from "../../../../client/admin/live/back-off.ts";
import { funnelOf, gatesOf } from "../../../../client/admin/live/funnel.ts";
import { History, KEPT_SECONDS } from "../../../../client/admin/live/history.ts";

const START = Date.parse("2026-11-11T00:00:00Z") / 1_000;
const at = (second: number) => new Date((START + second) * 1_000).toISOString();

/** The moment from which on a second is complete. */
const completing = (second: number) => at(second + 2);

describe("the history", () => {
  it("has every second, with 0 for what was not counted and null for what was not said", () => {
    const history = new History();
    history.addCounts([
      { at: at(0), counts: { a: 1 } },
      { at: at(2), counts: { a: 3 } },
    ]);
    history.markCounted(completing(2));
    history.addLevels(at(1), { left: 9 });
    expect(history.columns(5, ["a"], ["left"])).toEqual([
      [START, START + 1, START + 2, START + 3, START + 4],
      [1, 0, 3, null, null],
      [null, 9, null, null, null],
    ]);
  });

  it("ends before the seconds that are still being counted: they are no fall", () => {
    const history = new History();
    const counts = [10, 10, 10, 4, 1].map((a, second) => ({ at: at(second), counts: { a } }));
    history.addCounts(counts);
    expect(history.columns(5, ["a"])[1], "before anybody said how late it is").toEqual(Array(5).fill(null));
    history.markCounted(at(4));
    history.addLevels(at(4), { left: 9 });
    expect(history.columns(5, ["a"], ["left"]).slice(1)).toEqual([
      [10, 10, 10, null, null],
      [null, null, null, null, 9],
    ]);
    history.addCounts([{ at: at(3), counts: { a: 10 } }]);
    history.markCounted(at(5));
    expect(history.columns(6, ["a"])[1]).toEqual([10, 10, 10, 10, null, null]);
  });

  it("knows no counts of seconds in which the ledger alone was read", () => {
    const history = new History();
    history.addCounts([{ at: at(0), counts: { a: 1 } }]);
    history.markCounted(completing(0));
    history.addLevels(at(4), { left: 9 });
    expect(history.columns(5, ["a"])[1]).toEqual([1, null, null, null, null]);
  });

  it("takes the newest word on a second", () => {
    const history = new History();
    history.addCounts([{ at: at(0), counts: { a: 1 } }]);
    history.addCounts([{ at: at(0), counts: { a: 2 } }]);
    history.markCounted(completing(0));
    expect(history.columns(3, ["a"])[1]).toEqual([2, null, null]);
  });

  it("forgets what is older than an hour", () => {
    const history = new History();
    history.addCounts([{ at: at(0), counts: { a: 1 } }]);
    history.markCounted(at(KEPT_SECONDS - 1));
    expect(history.columns(KEPT_SECONDS, ["a"])[1]?.[0]).toBe(1);
    history.markCounted(at(KEPT_SECONDS));
    expect(history.columns(KEPT_SECONDS + 1, ["a"])[1]?.[0]).toBe(0);
  });

  it("is empty before anything is known", () => {
    expect(new History().columns(60, ["a"])).toEqual([[], []]);
  });
});

describe("the funnel", () => {
  const counts = {
    "purchase.attempts": 100,
    "purchase.stopped.sold_out": 40,
    "purchase.stopped.address_limit": 30,
    "purchase.stopped.brand_new_filter": 5,
    "purchase.refused.limit_reached": 10,
    "purchase.failed": 1,
    "purchase.passed": 14,
    "token.attempts": 7,
  };

  it("stops attempts in the order of the filters, and loses none", () => {
    const { attempts, steps, passed } = funnelOf("purchase", counts);
    expect(steps.map(({ label, reached, stopped }) => [label, reached, stopped])).toEqual([
      ["Too many from one address", 100, 30],
      ["Sold out", 70, 40],
      ["brand new filter", 30, 5],
      ["Limit per person", 25, 10],
      ["Failed", 15, 1],
    ]);
    expect(attempts - steps.reduce((sum, { stopped }) => sum + stopped, 0)).toBe(passed);
  });

  it("is empty where nothing was counted", () => {
    expect(funnelOf("purchase", {})).toEqual({ attempts: 0, steps: [], passed: 0 });
  });

  it("names the gates in their order", () => {
    const gates = { "gate.10.calls": 1, "gate.10.purchases": 2, "gate.1.calls": 3, "ledger.calls": 4 };
    expect(gatesOf(gates)).toEqual([
      { name: "gate.1", purchases: 0, calls: 3 },
      { name: "gate.10", purchases: 2, calls: 1 },
      { name: "ledger", purchases: 0, calls: 4 },
    ]);
  });
});

describe("the wait before connecting anew", () => {
  it("doubles with each failure up to its limit, and is spread over its second half", () => {
    expect(backOffMs(0, 1)).toBe(BACKOFF_FIRST_MS);
    expect(backOffMs(0, 0)).toBe(BACKOFF_FIRST_MS / 2);
    expect(backOffMs(3, 1)).toBe(BACKOFF_FIRST_MS * 8);
    expect(backOffMs(50, 1)).toBe(BACKOFF_MAX_MS);
  });
});
