import { LEDGER_BATCH_MAX } from "../../../workers/shared/limits.ts";
import type { Processor } from "./processor.ts";
import type { Scene } from "./scene.ts";

/** A gate's call that waits for its transaction. */
interface Waiting {
  purchases: number;
  answer: (won: number) => void;
}

/** The stock, in one ledger or in several stripes; units move to a stripe that has run dry. */
export class Ledgers {
  readonly #scene: Scene;
  readonly #available: number[];
  /** By stripe: calls that have arrived and are not taken yet. */
  readonly #groups: Waiting[][];
  /** Hears how many were won in a transaction of a stripe, when it is committed. */
  onWins: (stripe: number, shoppers: number) => void = () => {};

  constructor(scene: Scene) {
    this.#scene = scene;
    const { stock, stripes } = scene.forecast;
    this.#available = Array.from({ length: stripes }, (_, stripe) => share(stock, stripes, stripe));
    this.#groups = this.#available.map(() => []);
  }

  get available(): number {
    return this.#available.reduce((sum, units) => sum + units, 0);
  }

  /**
   * A gate's call has arrived; says how many of its purchases won, after the commit. What has arrived by the time at
   * which the ledger comes to it is taken in one transaction, up to a hundred purchases.
   */
  reserve(stripe: number, purchases: number, answer: (won: number) => void): void {
    const { clock, tally } = this.#scene;
    tally.ledgerCalls++;
    if (purchasesOf(this.#groupOf(stripe)) + purchases > LEDGER_BATCH_MAX) this.#takeGroup(stripe);
    const group = this.#groupOf(stripe);
    group.push({ purchases, answer });
    if (purchasesOf(group) >= LEDGER_BATCH_MAX) this.#takeGroup(stripe);
    else if (group.length === 1) {
      clock.at(this.#processor(stripe).work(clock.now, 0), () => {
        // Unless it was full and has gone.
        if (group === this.#groupOf(stripe)) this.#takeGroup(stripe);
      });
    }
  }

  #takeGroup(stripe: number): void {
    const group = this.#groupOf(stripe);
    this.#groups[stripe] = [];
    if (group.length === 0) return;
    const { clock, topology, tally } = this.#scene;
    const { ledgerBatch, ledgerReservation, gateCall } = topology.cpuMs;
    const purchases = purchasesOf(group);
    // They share the transaction; that the object is called costs it something each time.
    const furtherCalls = (group.length - 1) * Math.max(topology.objectCallMs, gateCall);
    const busy = Math.max(topology.objectWriteMs, ledgerBatch) + furtherCalls + purchases * ledgerReservation;
    clock.at(this.#processor(stripe).work(clock.now, busy), () => {
      const won = this.#take(stripe, purchases);
      if (won > 0) tally.win(clock.now, won);
      if (this.available === 0) tally.soldOutMs ??= clock.now;
      clock.at(clock.now + topology.commitMs, () => {
        if (won > 0) this.onWins(stripe, won);
        let left = won;
        for (const call of group) {
          const winners = Math.min(left, call.purchases);
          left -= winners;
          call.answer(winners);
        }
      });
    });
  }

  /** A transaction that is not about stock: a group of steps, or the consumer's "recorded". */
  write(stripe: number, rows: number, done: () => void): void {
    const { clock, topology, tally } = this.#scene;
    const { ledgerBatch, ledgerReservation } = topology.cpuMs;
    tally.ledgerCalls++;
    const busy = Math.max(topology.objectWriteMs, ledgerBatch) + rows * ledgerReservation;
    clock.at(this.#processor(stripe).work(clock.now, busy), done);
  }

  #take(stripe: number, wanted: number): number {
    let taken = 0;
    for (let turn = 0; turn < this.#available.length && taken < wanted; turn++) {
      const donor = (stripe + turn) % this.#available.length;
      const units = Math.min(wanted - taken, this.#available[donor] as number);
      this.#available[donor] = (this.#available[donor] as number) - units;
      taken += units;
    }
    return taken;
  }

  #groupOf(stripe: number): Waiting[] {
    return this.#groups[stripe] as Waiting[];
  }

  #processor(stripe: number): Processor {
    return this.#scene.topology.ledgers[stripe] as Processor;
  }
}

const purchasesOf = (group: readonly Waiting[]): number =>
  group.reduce((sum, { purchases }) => sum + purchases, 0);

/** The part of `total` that the nth of `parts` gets; the first ones get the rest. */
export function share(total: number, parts: number, nth: number): number {
  return Math.floor(total / parts) + (nth < total % parts ? 1 : 0);
}
