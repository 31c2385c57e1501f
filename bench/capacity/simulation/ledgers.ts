import type { Processor } from "./processor.ts";
import type { Scene } from "./scene.ts";

/** The stock, in one ledger or in several stripes; units move to a stripe that has run dry. */
export class Ledgers {
  readonly #scene: Scene;
  readonly #available: number[];
  /** Hears how many were won in a transaction of a stripe, when it is committed. */
  onWins: (stripe: number, shoppers: number) => void = () => {};

  constructor(scene: Scene) {
    this.#scene = scene;
    const { stock, stripes } = scene.forecast;
    this.#available = Array.from({ length: stripes }, (_, stripe) => share(stock, stripes, stripe));
  }

  get available(): number {
    return this.#available.reduce((sum, units) => sum + units, 0);
  }

  /** One transaction for a batch of purchases; says how many won, after the commit. */
  reserve(stripe: number, purchases: number, answer: (won: number) => void): void {
    const { clock, topology, tally } = this.#scene;
    const { ledgerBatch, ledgerReservation } = topology.cpuMs;
    tally.ledgerCalls++;
    const busy = Math.max(topology.objectWriteMs, ledgerBatch) + purchases * ledgerReservation;
    clock.at(this.#processor(stripe).work(clock.now, busy), () => {
      const won = this.#take(stripe, purchases);
      if (won > 0) tally.win(clock.now, won);
      if (this.available === 0) tally.soldOutMs ??= clock.now;
      clock.at(clock.now + topology.commitMs, () => {
        if (won > 0) this.onWins(stripe, won);
        answer(won);
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

  #processor(stripe: number): Processor {
    return this.#scene.topology.ledgers[stripe] as Processor;
  }
}

/** The part of `total` that the nth of `parts` gets; the first ones get the rest. */
export function share(total: number, parts: number, nth: number): number {
  return Math.floor(total / parts) + (nth < total % parts ? 1 : 0);
}
