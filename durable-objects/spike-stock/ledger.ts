import { LEDGER_BATCH_MAX, STOCK_MAX } from "../../workers/shared/limits.ts";
import type { LedgerConfig, SpikeConfig, StockStatus, Wave } from "../../workers/shared/spike.ts";
import { refOf, shareOf } from "../../workers/shared/stripes.ts";
import { wakeUpAt } from "../../workers/shared/wake-up.ts";
import { Alarms, type LedgerStorage } from "./alarms.ts";
import type {
  BeginPaymentResult,
  OrderStep,
  OrderStepResult,
  ReserveReply,
  ReserveRequest,
  RestockResult,
  TransitionResult,
  WavePlanResult,
} from "./messages.ts";
import { OrderSteps } from "./order-steps.ts";
import { isLate, retakeProblem } from "./late-payment.ts";
import { decideReservations, unitsOf } from "./reserve.ts";
import { migrate } from "./schema.ts";
import { addUnits } from "./stock.ts";
import type { OrderRow } from "./rows.ts";
import { LedgerStore } from "./store.ts";
import { decideBeginPayment, decideCancel, decidePay } from "./transitions.ts";
import type { Turn } from "./turn.ts";
import { LedgerUpkeep } from "./upkeep.ts";

/** The decisions, apart from the tables they are made on. */
export const RULES = { decideReservations, decideBeginPayment, decidePay, decideCancel };
export type Rules = typeof RULES;

/**
 * The ledger of one spike: the only truth about its stock and its reservations. Every change is one
 * synchronous transaction, so nothing can come between a check and what it allows. Counters are read
 * from and written to the same tables as the orders; memory holds only the config, and which orders are whose.
 * Here is what shoppers and admins ask of it; what it can be asked without changing anything is in `reading.ts`, what
 * it does besides in `upkeep.ts`.
 */
export class Ledger extends LedgerUpkeep {
  /** A field, so that tests can show what a wrong rule would do. */
  protected readonly rules: Rules = RULES;
  readonly #steps = new OrderSteps(this.store, {
    rules: () => this.rules,
    find: (orderId) => this.findRow(orderId),
    snapshot: (row) => this.snapshot(row),
    retakeProblem: (row, turn) => this.#retakeProblem(row, turn),
  });

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

  /** Takes a newer config; an older one, or the same again, changes nothing. */
  configure(config: SpikeConfig): StockStatus {
    this.config = this.transact((turn) => {
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
      this.alarms.set("start", wakeUpAt(config.startsAt, turn.now));
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
    return this.transact((turn) => {
      const { results, reservations } = this.rules.decideReservations(requests, {
        now: turn.now,
        config: this.config,
        stock: turn.stock,
        holdings: this.holdingsOf([...new Set(requests.map(({ userId }) => userId))]),
        newNonce: this.deps.newNonce,
      });
      if (reservations.length > 0) {
        turn.add(reservations);
        this.alarms.setAtMost("expiry", turn.now + this.config.holdSeconds * 1000);
      }
      return { results, status: this.statusOf(turn.stock) };
    });
  }

  beginPayment(orderId: string, userId: string): BeginPaymentResult {
    return this.transact((turn) => this.#steps.take(turn, { do: "begin_payment", orderId, userId }));
  }

  pay(orderId: string, userId: string, paymentId: string, attempt: number): TransitionResult {
    return this.transact((turn) =>
      this.#steps.take(turn, { do: "pay", orderId, userId, paymentId, attempt }),
    );
  }

  cancel(orderId: string, userId: string): TransitionResult {
    return this.transact((turn) => this.#steps.take(turn, { do: "cancel", orderId, userId }));
  }

  /**
   * Takes many steps in one transaction, as if they came one after the other.
   * @throws RangeError for more than LEDGER_BATCH_MAX steps.
   */
  takeSteps(steps: readonly OrderStep[]): OrderStepResult[] {
    assertBatch(steps);
    return this.transact((turn) => steps.map((step) => this.#steps.take(turn, step)));
  }

  closePayment(orderId: string, attempt: number): void {
    this.transact(() => {
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
    const refusal = this.transact((turn) => {
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
    return this.transact((turn) => this.plannedWaves.plan(turn, this.config, waves, elsewhere));
  }

  setPaused(paused: boolean): StockStatus {
    return this.transact((turn) => {
      turn.stock.paused = paused;
      return this.statusOf(turn.stock);
    });
  }

  setHalted(halted: boolean, version: number): StockStatus {
    return this.transact(({ stock }) => {
      if (version > stock.switchVersion) Object.assign(stock, { halted, switchVersion: version });
      return this.statusOf(stock);
    });
  }

  /** The quantities of those of these orders that are paid late, if together they are more than is here; else none. */
  missingFor(orders: readonly Pick<OrderStep, "orderId" | "userId">[]): number[] {
    const rows = new Map<number, OrderRow>();
    for (const { orderId, userId } of orders) {
      const row = this.findRow(orderId);
      if (row?.userId === userId && isLate(row, this.deps.now())) rows.set(row.sequence, row);
    }
    const quantities = [...rows.values()].map(({ quantity }) => quantity);
    return rows.size > 0 && unitsOf([...rows.values()]) > this.available ? quantities : [];
  }

  /** Sells nothing until then, epoch milliseconds; says whether nothing would be lost with this ledger. */
  close(until: number): boolean {
    this.transact(({ stock }) => void (stock.closedUntil = until));
    return this.isSettled();
  }

  #retakeProblem(row: OrderRow, turn: Turn): string | null {
    const mine = this.holdingsOf([row.userId]).get(row.userId) ?? [];
    return retakeProblem(row, mine, turn, this.config.maxPerUser);
  }
}

function assertBatch({ length }: readonly unknown[]): void {
  if (length > LEDGER_BATCH_MAX) throw new RangeError(`${length} in a batch; at most ${LEDGER_BATCH_MAX}`);
}

function assertUnits(quantity: number): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1) throw new RangeError(`not a quantity: ${quantity}`);
}
