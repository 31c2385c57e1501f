import { LEDGER_BATCH_MAX, STOCK_MAX } from "../../workers/shared/limits.ts";
import type { RecordedOrder } from "../../workers/shared/order.ts";
import type { LedgerConfig, SpikeConfig, StockStatus, Wave } from "../../workers/shared/spike.ts";
import { refOf, shareOf } from "../../workers/shared/stripes.ts";
import { wakeUpAt } from "../../workers/shared/wake-up.ts";
import { Alarms, type LedgerStorage } from "./alarms.ts";
import type { LedgerDependencies } from "./dependencies.ts";
import type {
  BeginPaymentResult,
  Exchange,
  OrderStep,
  OrderStepResult,
  ReserveReply,
  ReserveRequest,
  RestockResult,
  TransitionResult,
  WavePlanResult,
} from "./messages.ts";
import { LedgerReading } from "./reading.ts";
import { OrderSteps } from "./order-steps.ts";
import { isLate, retakeProblem } from "./late-payment.ts";
import { Recording } from "./recording.ts";
import { decideReservations, type Holding, unitsOf } from "./reserve.ts";
import { RESEND_AFTER_MS } from "./resend.ts";
import { migrate } from "./schema.ts";
import { addUnits, isStopped, type Stock } from "./stock.ts";
import type { OrderRow } from "./rows.ts";
import { LedgerStore } from "./store.ts";
import { decideBeginPayment, decideCancel, decidePay } from "./transitions.ts";
import { Turn } from "./turn.ts";
import { UserIndex } from "./user-index.ts";
import { Waves } from "./waves.ts";

/** The expiry alarm comes back no sooner than this, so that reservations made one by one expire together. */
const EXPIRY_COALESCE_MS = 250;

/** The decisions, apart from the tables they are made on. */
export const RULES = { decideReservations, decideBeginPayment, decidePay, decideCancel };
export type Rules = typeof RULES;

/**
 * The ledger of one spike: the only truth about its stock and its reservations. Every change is one
 * synchronous transaction, so nothing can come between a check and what it allows. Counters are read
 * from and written to the same tables as the orders; memory holds only the config, and which orders are whose.
 */
export class Ledger extends LedgerReading {
  /** A field, so that tests can show what a wrong rule would do. */
  protected readonly rules: Rules = RULES;
  readonly #deps: LedgerDependencies;
  readonly #alarms: Alarms;
  readonly #recording: Recording;
  readonly #waves: Waves;
  readonly #users: UserIndex;
  readonly #steps: OrderSteps;

  /** Makes the tables and puts the first stock on sale. */
  static create(storage: LedgerStorage, config: LedgerConfig, now: number): void {
    storage.transactionSync(() => {
      migrate(storage.sql);
      const store = new LedgerStore(storage.sql);
      store.insertSpike(config);
      const stock = store.readStock();
      addUnits(stock, shareOf(config.stock, refOf(config)));
      store.writeStock(stock);
      new Alarms(storage).set("start", wakeUpAt(config.startsAt, now));
    });
  }

  /** Opens a ledger whose tables exist. */
  constructor(dependencies: LedgerDependencies) {
    const store = new LedgerStore(dependencies.storage.sql);
    const alarms = new Alarms(dependencies.storage);
    super(store, alarms);
    this.#deps = dependencies;
    this.#alarms = alarms;
    this.#recording = new Recording(store, alarms, dependencies.random);
    this.#waves = new Waves(store, alarms);
    this.#users = new UserIndex(store, dependencies.userPageOrders);
    this.#steps = new OrderSteps(store, {
      rules: () => this.rules,
      find: (orderId) => this.findRow(orderId),
      snapshot: (row) => this.snapshot(row),
      retakeProblem: (row, turn) => this.#retakeProblem(row, turn),
    });
    // An alarm that was lost, by whatever the platform did, is set again with the first sign of life.
    this.#alarms.arm();
  }

  /** Takes a newer config; an older one, or the same again, changes nothing. */
  configure(config: SpikeConfig): StockStatus {
    this.config = this.#transact((turn) => {
      const current = this.config;
      if (config.id !== current.id) throw new Error(`spike ${current.id} cannot become ${config.id}`);
      if (config.version <= current.version) return current;
      // Once the sale has begun, stock grows by restock only.
      const fixed = turn.now >= current.startsAt || turn.stock.lastSequence > 0;
      const stock = fixed ? current.stock : config.stock;
      addUnits(turn.stock, shareOf(stock, this.ref) - shareOf(current.stock, this.ref));
      const { stripe = 0 } = current;
      const next = { ...config, stock, ...(stripe > 0 && { stripe }) };
      this.store.updateConfig(next);
      this.#alarms.set("start", wakeUpAt(config.startsAt, turn.now));
      return next;
    });
    return this.status();
  }

  /**
   * Reserves a whole batch in one transaction; one result per request, in their order.
   * @throws RangeError for more than LEDGER_BATCH_MAX requests or a quantity that is not a positive integer.
   */
  reserve(requests: readonly ReserveRequest[]): ReserveReply {
    assertBatch(requests);
    for (const { quantity } of requests) assertUnits(quantity);
    return this.#transact((turn) => {
      const { results, reservations } = this.rules.decideReservations(requests, {
        now: turn.now,
        config: this.config,
        stock: turn.stock,
        holdings: this.#holdingsOf([...new Set(requests.map(({ userId }) => userId))]),
        newNonce: this.#deps.newNonce,
      });
      if (reservations.length > 0) {
        turn.add(reservations);
        this.#alarms.setAtMost("expiry", turn.now + this.config.holdSeconds * 1000);
      }
      return { results, status: this.#statusOf(turn.stock) };
    });
  }

  status(): StockStatus {
    const stock = this.store.readStock();
    // Whoever sees a sold-out sale stops buying, so units that are overdue must not wait for an alarm.
    const behind = this.#waves.isDue(stock, this.#deps.now()) || (stock.available === 0 && this.#isOverdue());
    return behind ? this.#transact((turn) => this.#statusOf(turn.stock)) : this.#statusOf(stock);
  }

  beginPayment(orderId: string, userId: string): BeginPaymentResult {
    return this.#transact((turn) => this.#steps.take(turn, { do: "begin_payment", orderId, userId }));
  }

  pay(orderId: string, userId: string, paymentId: string, attempt: number): TransitionResult {
    return this.#transact((turn) =>
      this.#steps.take(turn, { do: "pay", orderId, userId, paymentId, attempt }),
    );
  }

  cancel(orderId: string, userId: string): TransitionResult {
    return this.#transact((turn) => this.#steps.take(turn, { do: "cancel", orderId, userId }));
  }

  /**
   * Takes many steps in one transaction, as if they came one after the other.
   * @throws RangeError for more than LEDGER_BATCH_MAX steps.
   */
  takeSteps(steps: readonly OrderStep[]): OrderStepResult[] {
    assertBatch(steps);
    return this.#transact((turn) => steps.map((step) => this.#steps.take(turn, step)));
  }

  closePayment(orderId: string, attempt: number): void {
    this.#transact(() => {
      const row = this.findRow(orderId);
      if (row) this.store.closePayment(row.sequence, attempt);
    });
  }

  /**
   * @param elsewhere units on sale in the other ledgers.
   * @throws RangeError for a quantity that is not a positive integer.
   */
  restock(quantity: number, operationId: string, elsewhere = 0): RestockResult {
    assertUnits(quantity);
    const refusal = this.#transact((turn) => {
      const { now, stock } = turn;
      const applied = this.store.findRestock(operationId);
      if (applied !== null) return applied === quantity ? null : "idempotency_conflict";
      if (stock.total + elsewhere + stock.scheduled + quantity > STOCK_MAX) return "too_many_units";
      this.store.noteRestock(operationId, quantity, now);
      addUnits(stock, quantity);
      this.transfers.spread(turn, quantity);
      return null;
    });
    return refusal === null ? { ok: true, view: this.view() } : { ok: false, code: refusal };
  }

  /** @param elsewhere units on sale in the other ledgers. */
  planWaves(waves: readonly Wave[], elsewhere = 0): WavePlanResult {
    return this.#transact((turn) => this.#waves.plan(turn, this.config, waves, elsewhere));
  }

  setPaused(paused: boolean): StockStatus {
    return this.#transact((turn) => {
      turn.stock.paused = paused;
      return this.#statusOf(turn.stock);
    });
  }

  setHalted(halted: boolean, version: number): StockStatus {
    return this.#transact(({ stock }) => {
      if (version > stock.switchVersion) Object.assign(stock, { halted, switchVersion: version });
      return this.#statusOf(stock);
    });
  }

  recorded(orders: readonly RecordedOrder[]): void {
    this.#transact((turn) => this.#recording.confirm(turn, this.ref, orders));
  }

  /** From a consumer whose database is away; true when the ledger has all of these and will send them again. */
  takeBack(orders: readonly RecordedOrder[]): boolean {
    return this.#transact((turn) => this.#recording.takeBack(turn, this.ref, orders));
  }

  /** What another ledger of the sale has given and taken; gives it what it wants of what is here. */
  exchange({ from, given, taken, wants }: Exchange): StockStatus {
    return this.#transact((turn) => {
      this.transfers.hear(turn, from, { given, taken });
      // Until the start another stock may be set here, of which all must still be here.
      if (wants > 0 && turn.now >= this.config.startsAt) this.transfers.give(turn, from, wants);
      return this.#statusOf(turn.stock);
    });
  }

  /** What another ledger answered to that; one that is gone answers without its transfers. */
  answered(stripe: number, { transfers }: StockStatus): void {
    const [given, taken] = [transfers?.given[this.ref.stripe], transfers?.taken[this.ref.stripe]];
    if (given === undefined || taken === undefined) return;
    this.#transact((turn) => this.transfers.hear(turn, stripe, { given, taken }));
  }

  /** Units for sale here now. */
  get available(): number {
    return this.status().available;
  }

  /** The quantities of those of these orders that are paid late, if together they are more than is here; else none. */
  missingFor(orders: readonly Pick<OrderStep, "orderId" | "userId">[]): number[] {
    const rows = new Map<number, OrderRow>();
    for (const { orderId, userId } of orders) {
      const row = this.findRow(orderId);
      if (row?.userId === userId && isLate(row, this.#deps.now())) rows.set(row.sequence, row);
    }
    const quantities = [...rows.values()].map(({ quantity }) => quantity);
    return rows.size > 0 && unitsOf([...rows.values()]) > this.available ? quantities : [];
  }

  /** Sells nothing until then, epoch milliseconds; says whether nothing would be lost with this ledger. */
  close(until: number): boolean {
    this.#transact(({ stock }) => void (stock.closedUntil = until));
    return this.isSettled();
  }

  /** Does what is due by now. Safe to call at any time and any number of times. */
  ring(): void {
    this.#alarms.rang();
    this.#transact((turn) => {
      this.#alarms.run(turn.now, {
        expiry: (now) => this.#nextExpiry(now),
        outbox: () => this.#recording.resend(turn),
        start: () => null, // being awake is all it is for
        transfers: () => this.transfers.tellAgain(turn),
        waves: () => this.#waves.nextAt(),
      });
    });
  }

  /**
   * One transaction: expires what is overdue, releases the waves that are due, lets `work` decide, and writes the counters it changed.
   * Whatever throws undoes all of it. Events leave only after the commit.
   */
  #transact<T>(work: (turn: Turn) => T): T {
    const { storage, now, send, tell } = this.#deps;
    const pages = this.#users.unsaved;
    // Asked before: a page that lets events go again holds all that this transaction changes.
    const { holdsBack } = this.#recording;
    const { turn, answer } = storage.transactionSync(() => {
      for (const page of pages) this.store.insertUserPage(page);
      const turn = new Turn(this.ref, this.store, now());
      turn.expireOverdue();
      this.transfers.spread(turn, this.#waves.release(turn));
      const answer = work(turn);
      turn.finish();
      if (turn.changes.length > 0) this.#alarms.setIfUnset("outbox", turn.now + RESEND_AFTER_MS);
      return { turn, answer };
    });
    // Memory follows what is committed.
    this.#users.saved(pages);
    for (const { sequence, userId } of turn.reservations) this.#users.add(sequence, userId);
    this.#alarms.arm();
    const events = holdsBack ? turn.copies : [...turn.changes, ...turn.copies];
    if (events.length > 0) send(events);
    if (turn.toTell.size > 0) tell([...turn.toTell]);
    return answer;
  }

  /** All orders of these users, by user, and perhaps some of others. */
  #holdingsOf(userIds: readonly string[]): Map<string, Holding[]> {
    return this.store.holdings(this.#users.sequencesOf(userIds));
  }

  #retakeProblem(row: OrderRow, turn: Turn): string | null {
    const mine = this.#holdingsOf([row.userId]).get(row.userId) ?? [];
    return retakeProblem(row, mine, turn, this.config.maxPerUser);
  }

  #nextExpiry(now: number): number | null {
    const due = this.store.earliestPayBefore();
    return due === null ? null : Math.max(due, now + EXPIRY_COALESCE_MS);
  }

  #isOverdue(): boolean {
    const due = this.store.earliestPayBefore();
    return due !== null && due <= this.#deps.now();
  }

  #statusOf(stock: Stock): StockStatus {
    const { available, total, scheduled } = stock;
    const paused = isStopped(stock);
    const nextWave = this.#waves.next(stock);
    const toCome = nextWave && { scheduled, nextWave };
    const transfers = this.transfers.counts();
    const { version: configVersion } = this.config;
    return { available, total, paused, configVersion, ...toCome, ...(transfers && { transfers }) };
  }
}

function assertBatch({ length }: readonly unknown[]): void {
  if (length > LEDGER_BATCH_MAX) throw new RangeError(`${length} in a batch; at most ${LEDGER_BATCH_MAX}`);
}

function assertUnits(quantity: number): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1) throw new RangeError(`not a quantity: ${quantity}`);
}
