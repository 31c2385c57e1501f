import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { Alarms } from "../../../durable-objects/spike-stock/alarms.ts";
import { Ledger, RULES, type Rules } from "../../../durable-objects/spike-stock/ledger.ts";
import { ResendPace } from "../../../durable-objects/spike-stock/resend.ts";
import {
  decideReservations,
  type Holding,
  type ReserveContext,
} from "../../../durable-objects/spike-stock/reserve.ts";
import type { Stock } from "../../../durable-objects/spike-stock/stock.ts";
import type { OrderRow } from "../../../durable-objects/spike-stock/rows.ts";
import { LedgerStore } from "../../../durable-objects/spike-stock/store.ts";
import { decideCancel, decidePay } from "../../../durable-objects/spike-stock/transitions.ts";
import { Waves } from "../../../durable-objects/spike-stock/waves.ts";
import { checkRun } from "./model/property.ts";
import { steps } from "./model/steps.ts";
import { ledgerOf } from "./spikes.ts";

/*
 * Is the random test worth anything? Each entry breaks the ledger in one way; the property that the
 * whole ledger fulfils must then fail.
 */

/** Lives within which a broken ledger must give itself away; the hardest of these to see needs some two hundred. */
const RUNS_MAX = 400;
const SEED = 20_261_111;

/** A wrong rule, or a wrong part put in place by a spy. */
interface Mutation {
  rules?: Partial<Rules>;
  spy?: () => void;
}

/** The stock rule, deciding on something else than what is the case. */
function decidingOn(change: (context: ReserveContext) => ReserveContext): Mutation {
  return {
    rules: { decideReservations: (requests, context) => decideReservations(requests, change(context)) },
  };
}

const MUTATIONS: Record<string, Mutation> = {
  "forgets the limit per user": decidingOn((context) => ({
    ...context,
    config: { ...context.config, maxPerUser: 1_000 },
  })),
  "counts given-up orders towards the limit": decidingOn((context) => {
    for (const holding of [...context.holdings.values()].flat()) holding.state = "paid";
    return context;
  }),
  "does not see what it decided earlier in the same batch": {
    rules: {
      decideReservations: (requests, context) => {
        const holdings = new Map<string, Holding[]>();
        holdings.get = (userId) => [...(context.holdings.get(userId) ?? [])];
        return decideReservations(requests, { ...context, holdings });
      },
    },
  },
  "forgets idempotency keys": {
    rules: {
      decideReservations: (requests, context) =>
        decideReservations(
          requests.map((request) => ({ ...request, key: crypto.randomUUID() })),
          context,
        ),
    },
  },
  "answers a retry by what became of the order": {
    rules: {
      decideReservations: (requests, context) => {
        for (const [userId, mine] of context.holdings) {
          context.holdings.set(
            userId,
            mine.filter(({ state }) => state !== "cancelled"),
          );
        }
        return decideReservations(requests, context);
      },
    },
  },
  "never sells the last unit": {
    rules: {
      decideReservations: (requests, context) => {
        const decided = decideReservations(requests, {
          ...context,
          stock: { ...context.stock, available: 0, total: context.stock.held + context.stock.sold },
        });
        return context.stock.available === 1 ? decided : decideReservations(requests, context);
      },
    },
  },
  "sells one unit that is not there": decidingOn((context) => {
    if (context.stock.available > 0) return context;
    context.stock.available += 1;
    context.stock.total += 1;
    return context;
  }),
  "stops deciding at the first sold-out request of a batch": {
    rules: {
      decideReservations: (requests, context) => {
        const decided = decideReservations(requests.slice(0, 1), context);
        const first = decided.results[0];
        if (first && !first.ok && first.code === "sold_out") {
          return { ...decided, results: requests.map(() => first) };
        }
        const rest = decideReservations(requests.slice(1), context);
        return {
          results: [...decided.results, ...rest.results],
          reservations: [...decided.reservations, ...rest.reservations],
        };
      },
    },
  },
  "gives the units of an expired order back once more when it is cancelled": {
    rules: {
      decideCancel: (order) =>
        order.state === "expired" ? { kind: "move", to: "cancelled" } : decideCancel(order),
    },
  },
  "lets a payment win against a cancellation": {
    rules: {
      decidePay: (order, ...rest) =>
        decidePay(order.state === "cancelled" ? { ...order, state: "expired" } : order, ...rest),
    },
  },
  "takes a second payment for the same order": {
    rules: {
      decidePay: (order, charge, retake) =>
        decidePay({ ...order, paymentId: charge.paymentId }, charge, retake),
    },
  },
  "sells an expired order's units to its late payer and to someone else": {
    rules: { decidePay: (order, charge) => decidePay(order, charge, () => null) },
  },
  "takes a payment after all that it has refused before": {
    rules: {
      decidePay: (order, charge, retake) => decidePay(order, { ...charge, refusedBefore: false }, retake),
    },
  },
  "closes every attempt to pay an order when one has ended": {
    spy: () => {
      const real = LedgerStore.prototype.closePayment;
      vi.spyOn(LedgerStore.prototype, "closePayment").mockImplementation(function (
        this: LedgerStore,
        ...asked
      ) {
        this.closePaidAttempts(asked[0]);
        real.apply(this, asked);
      });
    },
  },
  "never expires anything": {
    spy: () => vi.spyOn(LedgerStore.prototype, "overdueOrders").mockReturnValue([]),
  },
  "applies a repeated restock again": {
    spy: () => {
      vi.spyOn(LedgerStore.prototype, "findRestock").mockReturnValue(null);
      vi.spyOn(LedgerStore.prototype, "noteRestock").mockReturnValue();
    },
  },
  "takes another restock of the same name for the same one": {
    spy: () => {
      let asked = 0;
      const real = Ledger.prototype.restock;
      vi.spyOn(Ledger.prototype, "restock").mockImplementation(function (this: Ledger, quantity, operation) {
        asked = quantity;
        return real.call(this, quantity, operation);
      });
      const find = LedgerStore.prototype.findRestock;
      vi.spyOn(LedgerStore.prototype, "findRestock").mockImplementation(function (
        this: LedgerStore,
        operation,
      ) {
        return find.call(this, operation) === null ? null : asked;
      });
    },
  },
  "lets a wave come again": {
    spy: () => {
      const real = LedgerStore.prototype.waves;
      vi.spyOn(LedgerStore.prototype, "waves").mockImplementation(function (this: LedgerStore) {
        return real.call(this).map((wave) => ({ ...wave, releasedAt: null }));
      });
    },
  },
  "forgets to count a wave that has come": {
    spy: () => vi.spyOn(LedgerStore.prototype, "releaseWaves").mockReturnValue([]),
  },
  "lets waves come only when an alarm goes off": {
    spy: () => vi.spyOn(Waves.prototype, "isDue").mockReturnValue(false),
  },
  "waits for the second wave without an alarm": {
    spy: () => {
      const real = Alarms.prototype.set;
      vi.spyOn(Alarms.prototype, "set").mockImplementation(function (this: Alarms, name, at) {
        if (name !== "waves" || this.dueAt(name) === null) real.call(this, name, at);
        else real.call(this, name, null);
      });
    },
  },
  "takes the confirmation of an old version for that of the newest": {
    spy: () => {
      const real = LedgerStore.prototype.confirm;
      vi.spyOn(LedgerStore.prototype, "confirm").mockImplementation(function (this: LedgerStore, old) {
        const newest = old.map((confirmation) => {
          const row = this.findOrder(confirmation.sequence, confirmation.nonce);
          return { ...confirmation, version: row?.version ?? confirmation.version };
        });
        real.call(this, newest);
      });
    },
  },
  "never sends again what a crash has lost": {
    spy: () => vi.spyOn(Alarms.prototype, "setIfUnset").mockReturnValue(),
  },
  "stops sending again after the first page": {
    spy: () => {
      const real = ResendPace.prototype.nextPage;
      vi.spyOn(ResendPace.prototype, "nextPage").mockImplementation(function (this: ResendPace, ...asked) {
        return { ...real.apply(this, asked), nextAt: null };
      });
    },
  },
  "does not see what the same call did to an order before": {
    spy: () => {
      const seen = new Map<string, OrderRow | null>();
      const take = Ledger.prototype.takeSteps;
      vi.spyOn(Ledger.prototype, "takeSteps").mockImplementation(function (this: Ledger, given) {
        seen.clear();
        const find = LedgerStore.prototype.findOrder;
        const spy = vi.spyOn(LedgerStore.prototype, "findOrder").mockImplementation(function (
          this: LedgerStore,
          sequence,
          nonce,
        ) {
          const name = `${sequence} ${nonce}`;
          if (!seen.has(name)) seen.set(name, find.call(this, sequence, nonce));
          return seen.get(name) ?? null;
        });
        try {
          return take.call(this, given);
        } finally {
          spy.mockRestore();
        }
      });
    },
  },
  "answers the steps of a call in the order of the orders": {
    spy: () => {
      const take = Ledger.prototype.takeSteps;
      vi.spyOn(Ledger.prototype, "takeSteps").mockImplementation(function (this: Ledger, given) {
        return take.call(
          this,
          given.toSorted((one, other) => (one.orderId < other.orderId ? -1 : 1)),
        );
      });
    },
  },
  "keeps counters in memory, ahead of a transaction that fails": {
    spy: () => {
      const remembered = new WeakMap<LedgerStore, Stock>();
      const real = LedgerStore.prototype.readStock;
      vi.spyOn(LedgerStore.prototype, "readStock").mockImplementation(function (this: LedgerStore) {
        return remembered.get(this) ?? real.call(this);
      });
      const write = LedgerStore.prototype.writeStock;
      vi.spyOn(LedgerStore.prototype, "writeStock").mockImplementation(function (this: LedgerStore, stock) {
        remembered.set(this, { ...stock });
        write.call(this, stock);
      });
    },
  },
};

afterEach(() => {
  vi.restoreAllMocks();
});

/** What was noticed first, null when nothing was. */
async function noticed({ rules, spy }: Mutation): Promise<string | null> {
  class BrokenLedger extends Ledger {
    protected override readonly rules: Rules = { ...RULES, ...rules };
  }
  spy?.();
  return runInDurableObject(ledgerOf("mutations"), (_, { storage }) => {
    const property = fc.property(steps, (list) => checkRun(BrokenLedger, storage, list));
    const found = fc.check(property, { seed: SEED, numRuns: RUNS_MAX, endOnFailure: true });
    return found.failed ? `${String(found.errorInstance)} after ${found.numRuns} lives` : null;
  });
}

it("does not accuse a ledger that is whole", { timeout: 600_000 }, async () => {
  expect(await noticed({})).toBeNull();
});

it.each(Object.entries(MUTATIONS))("notices a ledger that %s", async (_, mutation) => {
  expect(await noticed(mutation)).not.toBeNull();
});
