import type { RecordedOrder } from "../../workers/shared/order.ts";
import type { StockStatus } from "../../workers/shared/spike.ts";
import { Alarms } from "./alarms.ts";
import type { LedgerDependencies } from "./dependencies.ts";
import type { Exchange } from "./messages.ts";
import { LedgerReading } from "./reading.ts";
import { Recording } from "./recording.ts";
import { RESEND_AFTER_MS } from "./resend.ts";
import type { Holding } from "./reserve.ts";
import { isStopped, type Stock } from "./stock.ts";
import { LedgerStore } from "./store.ts";
import { Turn } from "./turn.ts";
import { UserIndex } from "./user-index.ts";
import { Waves } from "./waves.ts";

/** The expiry alarm comes back no sooner than this, so that reservations made one by one expire together. */
const EXPIRY_COALESCE_MS = 250;

/**
 * What a ledger does besides what it is asked for: every change is one transaction, which first does what has become
 * due; its events go to the database until that has them, and units go to the other ledgers of the sale.
 */
export class LedgerUpkeep extends LedgerReading {
  protected readonly deps: LedgerDependencies;
  protected readonly alarms: Alarms;
  protected readonly plannedWaves: Waves;
  readonly #recording: Recording;
  readonly #users: UserIndex;

  /** Opens a ledger whose tables exist. */
  constructor(dependencies: LedgerDependencies) {
    const store = new LedgerStore(dependencies.storage.sql);
    const alarms = new Alarms(dependencies.storage);
    super(store, alarms);
    this.deps = dependencies;
    this.alarms = alarms;
    this.#recording = new Recording(store, alarms, dependencies.random);
    this.plannedWaves = new Waves(store, alarms);
    this.#users = new UserIndex(store, dependencies.userPageOrders);
    // An alarm that was lost, by whatever the platform did, is set again with the first sign of life.
    this.alarms.arm();
  }

  status(): StockStatus {
    const stock = this.store.readStock();
    // Whoever sees a sold-out sale stops buying, so units that are overdue must not wait for an alarm.
    const behind =
      this.plannedWaves.isDue(stock, this.deps.now()) || (stock.available === 0 && this.#isOverdue());
    return behind ? this.transact((turn) => this.statusOf(turn.stock)) : this.statusOf(stock);
  }

  /** Units for sale here now. */
  get available(): number {
    return this.status().available;
  }

  recorded(orders: readonly RecordedOrder[]): void {
    this.transact((turn) => this.#recording.confirm(turn, this.ref, orders));
  }

  /** From a consumer whose database is away; true when the ledger has all of these and will send them again. */
  takeBack(orders: readonly RecordedOrder[]): boolean {
    return this.transact((turn) => this.#recording.takeBack(turn, this.ref, orders));
  }

  /** What another ledger of the sale has given and taken; gives it what it wants of what is here. */
  exchange({ from, given, taken, wants }: Exchange): StockStatus {
    return this.transact((turn) => {
      this.transfers.hear(turn, from, { given, taken });
      // Until the start another stock may be set here, of which all must still be here.
      if (wants > 0 && turn.now >= this.config.startsAt) this.transfers.give(turn, from, wants);
      return this.statusOf(turn.stock);
    });
  }

  /** What another ledger answered to that; one that is gone answers without its transfers. */
  answered(stripe: number, { transfers }: StockStatus): void {
    const [given, taken] = [transfers?.given[this.ref.stripe], transfers?.taken[this.ref.stripe]];
    if (given === undefined || taken === undefined) return;
    this.transact((turn) => this.transfers.hear(turn, stripe, { given, taken }));
  }

  /** Does what is due by now. Safe to call at any time and any number of times. */
  ring(): void {
    this.alarms.rang();
    this.transact((turn) => {
      this.alarms.run(turn.now, {
        expiry: (now) => this.#nextExpiry(now),
        outbox: () => this.#recording.resend(turn),
        start: () => null, // being awake is all it is for
        transfers: () => this.transfers.tellAgain(turn),
        waves: () => this.plannedWaves.nextAt(),
      });
    });
  }

  /**
   * One transaction: expires what is overdue, releases the waves that are due, lets `work` decide, and writes the counters it changed.
   * Whatever throws undoes all of it. Events leave only after the commit.
   */
  protected transact<T>(work: (turn: Turn) => T): T {
    const { storage, now, send, tell } = this.deps;
    const pages = this.#users.unsaved;
    // Asked before: a page that lets events go again holds all that this transaction changes.
    const { holdsBack } = this.#recording;
    const { turn, answer } = storage.transactionSync(() => {
      for (const page of pages) this.store.insertUserPage(page);
      const turn = new Turn(this.ref, this.store, now());
      turn.expireOverdue();
      this.transfers.spread(turn, this.plannedWaves.release(turn));
      const answer = work(turn);
      turn.finish();
      if (turn.changes.length > 0) this.alarms.setIfUnset("outbox", turn.now + RESEND_AFTER_MS);
      return { turn, answer };
    });
    // Memory follows what is committed.
    this.#users.saved(pages);
    for (const { sequence, userId } of turn.reservations) this.#users.add(sequence, userId);
    this.alarms.arm();
    const events = holdsBack ? turn.copies : [...turn.changes, ...turn.copies];
    if (events.length > 0) send(events);
    if (turn.toTell.size > 0) tell([...turn.toTell]);
    return answer;
  }

  /** All orders of these users, by user, and perhaps some of others. */
  protected holdingsOf(userIds: readonly string[]): Map<string, Holding[]> {
    return this.store.holdings(this.#users.sequencesOf(userIds));
  }

  protected statusOf(stock: Stock): StockStatus {
    const { available, total, scheduled } = stock;
    const paused = isStopped(stock);
    const nextWave = this.plannedWaves.next(stock);
    const toCome = nextWave && { scheduled, nextWave };
    const transfers = this.transfers.counts();
    const { version: configVersion } = this.config;
    return { available, total, paused, configVersion, ...toCome, ...(transfers && { transfers }) };
  }

  #nextExpiry(now: number): number | null {
    const due = this.store.earliestPayBefore();
    return due === null ? null : Math.max(due, now + EXPIRY_COALESCE_MS);
  }

  #isOverdue(): boolean {
    const due = this.store.earliestPayBefore();
    return due !== null && due <= this.deps.now();
  }
}
