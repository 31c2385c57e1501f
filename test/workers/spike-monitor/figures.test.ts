import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import {
  CLOCK_DIFFERENCE_MAX_SECONDS,
  COUNTERS_MAX,
  Figures,
  KEPT_SECONDS,
} from "../../../durable-objects/spike-monitor/figures.ts";

const NOW = Date.UTC(2026, 10, 11);
const SECOND = NOW / 1000;

function withStorage(test: (storage: DurableObjectStorage) => void) {
  const id = env.SPIKE_MONITOR.idFromName(crypto.randomUUID());
  return runInDurableObject(env.SPIKE_MONITOR.get(id), (_, { storage }) => test(storage));
}

const won = (second: number, count = 1) => ({ second, counts: { won: count } });

it("adds up what isolates report, before and after it is stored", () =>
  withStorage((storage) => {
    const figures = new Figures(storage);
    figures.add([won(SECOND - 1, 2), won(SECOND)], NOW);
    figures.add([won(SECOND, 3)], NOW);
    const expected = [won(SECOND - 1, 2), won(SECOND, 4)];
    expect(figures.since(0)).toEqual(expected);
    expect(figures.isDirty).toBe(true);
    figures.store(NOW);
    expect(figures.isDirty).toBe(false);
    figures.add([won(SECOND, 5)], NOW);
    figures.store(NOW);
    const reborn = new Figures(storage);
    expect(reborn.since(0)).toEqual([won(SECOND - 1, 2), won(SECOND, 9)]);
    expect(reborn.since(SECOND)).toEqual([won(SECOND, 9)]);
    expect(reborn.totals()).toEqual({ won: 11 });
  }));

it("keeps an hour, and the totals for longer", () =>
  withStorage((storage) => {
    const figures = new Figures(storage);
    figures.add([won(SECOND)], NOW);
    figures.store(NOW + KEPT_SECONDS * 1000);
    expect(figures.since(0)).toEqual([won(SECOND)]);
    figures.store(NOW + (KEPT_SECONDS + 1) * 1000);
    expect(figures.since(0)).toEqual([]);
    expect(figures.isEmpty).toBe(true);
    expect(figures.totals()).toEqual({ won: 1 });
  }));

it.each([
  [-CLOCK_DIFFERENCE_MAX_SECONDS - 1, 0],
  [-CLOCK_DIFFERENCE_MAX_SECONDS, -CLOCK_DIFFERENCE_MAX_SECONDS],
  [CLOCK_DIFFERENCE_MAX_SECONDS, CLOCK_DIFFERENCE_MAX_SECONDS],
  [CLOCK_DIFFERENCE_MAX_SECONDS + 1, 0],
  [Number.NaN, 0],
])("takes what was counted %d seconds from its own clock as %d from it, and loses nothing", (offset, taken) =>
  withStorage((storage) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const figures = new Figures(storage);
    figures.add([won(SECOND + offset)], NOW);
    expect(figures.since(0)).toEqual([won(SECOND + taken)]);
    expect(figures.totals()).toEqual({ won: 1 });
    warn.mockRestore();
  }),
);

it.each([0, -1, 1.5, Number.NaN, "1" as unknown as number])("does not take a count of %j", (count) =>
  withStorage((storage) => {
    const figures = new Figures(storage);
    figures.add([won(SECOND, count)], NOW);
    expect(figures.totals()).toEqual({});
  }),
);

it("knows a bounded number of names, also in its next life", () =>
  withStorage((storage) => {
    const counts = Object.fromEntries(Array.from({ length: COUNTERS_MAX + 1 }, (_, n) => [`name${n}`, 1]));
    const figures = new Figures(storage);
    figures.add([{ second: SECOND, counts }], NOW);
    figures.store(NOW);
    const reborn = new Figures(storage);
    reborn.add([{ second: SECOND, counts: { another: 1, name0: 1, ["x".repeat(101)]: 1 } }], NOW);
    const totals = reborn.totals();
    expect(Object.keys(totals)).toHaveLength(COUNTERS_MAX);
    expect(totals).toMatchObject({ name0: 2 });
  }));
