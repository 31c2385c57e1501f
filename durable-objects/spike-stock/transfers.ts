import { type LedgerRef, stripesOf } from "../../workers/shared/ids.ts";
import type { Transfers as TransferCounts } from "../../workers/shared/spike.ts";
import { shareOf } from "../../workers/shared/stripes.ts";
import type { Alarms } from "./alarms.ts";
import type { Exchange } from "./messages.ts";
import { addUnits } from "./stock.ts";
import type { TransferRow } from "./rows.ts";
import type { LedgerStore } from "./store.ts";
import type { Turn } from "./turn.ts";

/** A ledger that was given units is told so again after this long, in milliseconds, until it says that it has them. */
export const TELL_AGAIN_MS = 2_000;

/**
 * Units that move between the ledgers of one sale. On each way from one to another both ends keep a counter
 * that only grows: how many units were ever given, and how many of those were ever taken. A message carries the
 * giver's counter, and the taker takes what that is ahead of its own, so a message may be lost, repeated or
 * overtaken: units are never in two places, and what was given arrives as soon as any later message does.
 * (Counters of this kind, one for each ordered pair, are the bounded counter of Balegas et al., "Extending
 * Eventually Consistent Cloud Databases for Enforcing Numeric Invariants", 2015.)
 *
 * Giving takes units out of `available` and `total` in the transaction that counts them as given, taking puts
 * them in, so each ledger's own books balance at any moment.
 */
export class Transfers {
  readonly #store: LedgerStore;
  readonly #alarms: Alarms;
  readonly #ref: LedgerRef;
  readonly #stripes: number;

  constructor(store: LedgerStore, alarms: Alarms, ref: LedgerRef) {
    this.#store = store;
    this.#alarms = alarms;
    this.#ref = ref;
    this.#stripes = stripesOf(ref.spikeId);
  }

  /** What has gone each way; undefined for the only ledger of a sale. */
  counts(): TransferCounts | undefined {
    if (this.#stripes === 1) return undefined;
    const counts: TransferCounts = {
      given: Array<number>(this.#stripes).fill(0),
      taken: Array<number>(this.#stripes).fill(0),
    };
    for (const { stripe, given, taken } of this.#store.transfers()) {
      counts.given[stripe] = given;
      counts.taken[stripe] = taken;
    }
    return counts;
  }

  /** What to tell another ledger, asking it for `wants` units. */
  messageTo(stripe: number, wants: number): Exchange {
    const { given, taken } = this.#store.transfer(stripe);
    return { from: this.#ref.stripe, given, taken, wants };
  }

  /** Takes what another ledger has given, and notes what it has taken. Old news changes nothing. */
  hear(turn: Turn, stripe: number, { given, taken }: Pick<Exchange, "given" | "taken">): void {
    const known = this.#store.transfer(stripe);
    const heard: TransferRow = {
      ...known,
      taken: Math.max(known.taken, given),
      confirmed: Math.max(known.confirmed, taken),
    };
    if (heard.taken === known.taken && heard.confirmed === known.confirmed) return;
    addUnits(turn.stock, heard.taken - known.taken);
    this.#store.writeTransfer(heard);
  }

  /**
   * Gives another ledger the units it wants, or half of what is here if that is more: who has run dry will
   * soon want more. Nothing while it has not said that it has what it was given before, so that a question
   * asked again is not answered twice.
   */
  give(turn: Turn, stripe: number, wants: number): void {
    const { given, confirmed } = this.#store.transfer(stripe);
    const { available } = turn.stock;
    if (given === confirmed) this.#move(turn, stripe, Math.min(available, Math.max(wants, available >> 1)));
  }

  /** Sends every other ledger its part of units that have just come on sale here. */
  spread(turn: Turn, units: number): void {
    if (units === 0) return;
    for (const stripe of this.others) {
      const part = shareOf(units, { ...this.#ref, stripe });
      if (part === 0) continue;
      this.#move(turn, stripe, part);
      turn.toTell.add(stripe);
    }
  }

  /** The other ledgers of the sale. */
  get others(): number[] {
    return Array.from({ length: this.#stripes }, (_, stripe) => stripe).filter(
      (stripe) => stripe !== this.#ref.stripe,
    );
  }

  /** Tells those again that have not said that they have all they were given; when to come back, null for never. */
  tellAgain(turn: Turn): number | null {
    for (const { stripe, given, confirmed } of this.#store.transfers()) {
      if (given > confirmed) turn.toTell.add(stripe);
    }
    return turn.toTell.size > 0 ? turn.now + TELL_AGAIN_MS : null;
  }

  #move(turn: Turn, stripe: number, units: number): void {
    if (units <= 0) return;
    const row = this.#store.transfer(stripe);
    addUnits(turn.stock, -units);
    this.#store.writeTransfer({ ...row, given: row.given + units });
    this.#alarms.setIfUnset("transfers", turn.now + TELL_AGAIN_MS);
  }
}
