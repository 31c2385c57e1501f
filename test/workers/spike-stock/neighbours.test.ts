import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import type { Exchange, ReserveResult } from "../../../durable-objects/spike-stock/messages.ts";
import { ELSEWHERE_FRESH_MS, Neighbours } from "../../../durable-objects/spike-stock/neighbours.ts";
import { stripedSpikeId } from "../../../workers/shared/ids.ts";
import { poolViews } from "../../../workers/shared/pool.ts";
import type { StockStatus } from "../../../workers/shared/spike.ts";
import { partOf } from "./model/striped.ts";
import { World } from "./model/world.ts";
import { ledgerOf, purchase, spikeConfig } from "./spikes.ts";

/*
 * Ledgers that ask each other for units, over a way on which calls fail before they arrive, after they have
 * arrived, and are made twice.
 */

const RUNS = 60;
const NOW = Date.UTC(2026, 10, 11);
const ID = "manystr1pes0";

/** What becomes of a call. */
type Fate = "arrives" | "arrives twice" | "is lost" | "answer is lost";
const fate: fc.Arbitrary<Fate> = fc.constantFrom(
  "arrives",
  "arrives",
  "arrives",
  "arrives twice",
  "is lost",
  "answer is lost",
);
const life = fc.record({
  stock: fc.integer({ min: 1, max: 12 }),
  fates: fc.array(fate, { minLength: 30, maxLength: 60, size: "max" }),
  buyers: fc.array(fc.record({ stripe: fc.nat({ max: 7 }), quantity: fc.constantFrom(1, 1, 1, 2, 3) }), {
    minLength: 10,
    maxLength: 25,
    size: "max",
  }),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

class Sale {
  now = NOW;
  readonly worlds: World[];
  readonly #neighbours: Neighbours[];
  #fates: Fate[] = [];
  #people = 0;

  constructor(storage: DurableObjectStorage, stripes: number, stock: number) {
    const id = stripedSpikeId(ID, stripes);
    const times = { startsAt: NOW, endsAt: NOW + 3_600_000, holdSeconds: 3_600 };
    this.worlds = Array.from({ length: stripes }, (_, stripe) => {
      const config = spikeConfig({ id, stock, maxPerUser: 10, ...times });
      return new World(Ledger, partOf(storage, stripe), { ...config, ...(stripe > 0 && { stripe }) }, NOW);
    });
    this.#neighbours = this.worlds.map(
      ({ ledger }) =>
        new Neighbours({ ledger, exchange: (...call) => this.#exchange(...call), now: () => this.now }),
    );
  }

  get whole() {
    return poolViews(this.worlds.map(({ ledger }) => ledger.view()));
  }

  /** What becomes of the next calls; after those, all arrive. */
  foresee(fates: Fate[]): void {
    this.#fates = [...fates];
  }

  async buy(stripe: number, quantity: number): Promise<ReserveResult> {
    this.#wait(1);
    const requests = [purchase(`person${this.#people++}`, { quantity })];
    const ledger = this.#at(this.worlds, stripe).ledger;
    const reply = await this.#at(this.#neighbours, stripe).complete(requests, ledger.reserve(requests));
    return reply.results[0] as ReserveResult;
  }

  /** Long enough for everyone to ask the others anew; the alarms go off, and everything arrives. */
  async settle(): Promise<void> {
    this.foresee([]);
    this.#wait(ELSEWHERE_FRESH_MS * 10);
    for (const [stripe, world] of this.worlds.entries()) {
      world.ring();
      await this.#at(this.#neighbours, stripe).tell(world.toTell.splice(0));
    }
  }

  #wait(ms: number): void {
    this.now += ms;
    for (const world of this.worlds) world.now = this.now;
  }

  async #exchange(stripe: number, message: Exchange): Promise<StockStatus> {
    const how = this.#fates.shift() ?? "arrives";
    if (how === "is lost") throw new Error("lost");
    const neighbours = this.#at(this.#neighbours, stripe);
    const status = neighbours.hear(message);
    if (how === "arrives twice") neighbours.hear(message);
    if (how === "answer is lost") throw new Error("answer lost");
    return structuredClone(status);
  }

  #at<T>(items: readonly T[], stripe: number): T {
    return items[stripe % items.length] as T;
  }
}

async function live(storage: DurableObjectStorage, stripes: number, { stock, fates, buyers }: Life) {
  const sale = new Sale(storage, stripes, stock);
  sale.foresee(fates);
  for (const { stripe, quantity } of buyers) {
    const left = sale.whole.available;
    const result = await sale.buy(stripe, quantity);
    // One after the other, so that nobody else can have taken or brought anything meanwhile.
    if (!result.ok) expect(["sold_out", "overloaded"]).toContain(result.code);
    if (!result.ok && result.code === "sold_out") expect(left).toBeLessThan(quantity);
    if (result.ok) expect(left).toBeGreaterThanOrEqual(quantity);
    const { total, available, held } = sale.whole;
    expect([total, available + held]).toEqual([stock, stock]);
  }
  // Once calls arrive again, whoever keeps asking gets what is left, in whichever ledger he is.
  await sale.settle();
  while (sale.whole.available > 0) expect(await sale.buy(stock, 1)).toMatchObject({ ok: true });
  expect(await sale.buy(stock + 1, 1)).toEqual({ ok: false, code: "sold_out" });
  expect(sale.whole).toMatchObject({ total: stock, held: stock });
}

it.each([2, 3, 8])("sells everything and never says sold out too early, with %i ledgers", async (stripes) => {
  await runInDurableObject(ledgerOf("neighbours"), (_, { storage }) =>
    fc.assert(
      fc.asyncProperty(life, (one) => live(storage, stripes, one)),
      { numRuns: RUNS, endOnFailure: true },
    ),
  );
});
