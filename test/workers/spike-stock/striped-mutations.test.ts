import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import { addUnits } from "../../../durable-objects/spike-stock/stock.ts";
import { LedgerStore } from "../../../durable-objects/spike-stock/store.ts";
import { Transfers } from "../../../durable-objects/spike-stock/transfers.ts";
import { checkStripedRun, stripedSteps } from "./model/striped.ts";
import { ledgerOf } from "./spikes.ts";

/*
 * Is the random test of several ledgers worth anything? Each entry breaks their exchange in one way; the
 * property must then fail.
 */

/** Lives within which broken ledgers must give themselves away. */
const RUNS_MAX = 200;
const SEED = 20_261_111;
const STRIPES = 3;

const MUTATIONS: Record<string, () => void> = {
  "takes all that was ever given, each time it hears of it": () => {
    const real = Transfers.prototype.hear;
    vi.spyOn(Transfers.prototype, "hear").mockImplementation(function (this: Transfers, turn, stripe, heard) {
      real.call(this, turn, stripe, heard);
      if (heard.given > 0) addUnits(turn.stock, heard.given);
    });
  },
  "gives more before it knows that what it gave has arrived": () => {
    const real = LedgerStore.prototype.transfer;
    vi.spyOn(LedgerStore.prototype, "transfer").mockImplementation(function (this: LedgerStore, stripe) {
      const row = real.call(this, stripe);
      return { ...row, confirmed: row.given };
    });
  },
  "keeps for itself what it gives away": () => {
    const real = Transfers.prototype.give;
    vi.spyOn(Transfers.prototype, "give").mockImplementation(function (this: Transfers, turn, stripe, wants) {
      const before = turn.stock.available;
      real.call(this, turn, stripe, wants);
      addUnits(turn.stock, before - turn.stock.available);
    });
  },
  "does not tell again of what was given": () => {
    vi.spyOn(Transfers.prototype, "tellAgain").mockReturnValue(null);
  },
  "never gives its last unit": () => {
    const real = Transfers.prototype.give;
    vi.spyOn(Transfers.prototype, "give").mockImplementation(function (this: Transfers, turn, ...asked) {
      if (turn.stock.available > 1) real.call(this, turn, ...asked);
    });
  },
  "spreads restocked units and keeps them as well": () => {
    const real = Transfers.prototype.spread;
    vi.spyOn(Transfers.prototype, "spread").mockImplementation(function (this: Transfers, turn, units) {
      const before = turn.stock.available;
      real.call(this, turn, units);
      addUnits(turn.stock, before - turn.stock.available);
    });
  },
};

afterEach(() => void vi.restoreAllMocks());

it.each(Object.entries(MUTATIONS))(
  "is found out: a ledger that %s",
  { timeout: 600_000 },
  async (_, mutate) => {
    await runInDurableObject(ledgerOf("mutations"), (_, { storage }) => {
      const lives = (numRuns: number) =>
        fc.check(
          fc.property(stripedSteps, (steps) => checkStripedRun(Ledger, storage, STRIPES, steps)),
          { seed: SEED, numRuns, endOnFailure: true },
        );
      mutate();
      expect(lives(RUNS_MAX).failed).toBe(true);
    });
  },
);
