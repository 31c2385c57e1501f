import { type OrderSnapshot, type OrderState } from "../../../../workers/shared/order.ts";
import type {
  Exchange,
  LedgerView,
  ReserveRequest,
  ReserveResult,
} from "../../../../durable-objects/spike-stock/messages.ts";
import { STOCK_MAX } from "../../../../workers/shared/limits.ts";
import type { LedgerConfig, SpikeConfig, StockStatus, Wave } from "../../../../workers/shared/spike.ts";

export interface ModelOrder {
  orderId: string;
  userId: string;
  key: string;
  quantity: number;
  payBefore: number;
  paymentId: string | null;
  /** Attempts to pay that have not come to their end. */
  open: { attempt: number; refused: boolean }[];
  /** Every attempt there ever was. */
  attempts: number[];
  /** Payments that were refused, for ever. */
  refused: string[];
  /** Every state it ever had; its version is the length. */
  history: OrderState[];
}

export const stateOf = (order: ModelOrder): OrderState => order.history.at(-1) ?? "reserved";

/**
 * What the ledger should do, said as plainly as possible: a list of orders, and everything else is
 * counted from it. No tables, no counters, no alarms, no crashes.
 */
export class Model {
  readonly orders: ModelOrder[] = [];
  /** Waves still to come, and those that have. */
  planned: Wave[] = [];
  readonly released: Wave[] = [];
  /** Quantities of the restocks that were applied, by operation. */
  readonly #operations = new Map<string, number>();
  config: SpikeConfig;
  total: number;
  returned = 0;
  paused = false;
  halted = false;
  switchVersion = 0;
  now: number;

  /** Units that have gone between this ledger and each of the others, by its number. */
  readonly ways: { given: number; taken: number; confirmed: number }[];
  readonly #stripe: number;

  constructor(config: LedgerConfig, now: number, stripes = 1) {
    this.config = config;
    this.#stripe = config.stripe ?? 0;
    this.ways = Array.from({ length: stripes }, () => ({ given: 0, taken: 0, confirmed: 0 }));
    this.total = this.#partOf(config.stock, this.#stripe);
    this.now = now;
  }

  /** A part of so many units: each ledger gets the same, and the first ones one more while some are left. */
  #partOf(units: number, stripe: number): number {
    const rest = units % this.ways.length;
    return (units - rest) / this.ways.length + (stripe < rest ? 1 : 0);
  }

  get transfers(): StockStatus["transfers"] {
    const { ways } = this;
    return ways.length === 1
      ? undefined
      : { given: ways.map(({ given }) => given), taken: ways.map(({ taken }) => taken) };
  }

  /** Another ledger says what it has given and taken so far, perhaps not for the first time. */
  hear(from: number, given: number, taken: number): void {
    const way = this.ways[from];
    if (!way) throw new Error(`there is no ledger ${from}`);
    if (given > way.taken) {
      this.total += given - way.taken;
      way.taken = given;
    }
    way.confirmed = Math.max(way.confirmed, taken);
  }

  exchange({ from, given, taken, wants }: Exchange): void {
    this.hear(from, given, taken);
    const way = this.ways[from];
    const units = Math.min(this.available, Math.max(wants, Math.floor(this.available / 2)));
    const begun = this.now >= this.config.startsAt;
    if (way && begun && wants > 0 && way.given === way.confirmed) this.#give(from, units);
  }

  #give(to: number, units: number): void {
    const way = this.ways[to];
    if (way) way.given += units;
    this.total -= units;
  }

  /** Units come on sale: all other ledgers get their parts of them. */
  #arrive(units: number): void {
    this.total += units;
    this.ways.forEach((_, to) => {
      if (to !== this.#stripe) this.#give(to, this.#partOf(units, to));
    });
  }

  get isStopped(): boolean {
    return this.paused || this.halted;
  }

  get available(): number {
    return this.total - this.#units("reserved") - this.#units("paid");
  }

  view(): Omit<LedgerView, "unrecorded"> {
    const count = (state: OrderState) => this.orders.filter((order) => stateOf(order) === state).length;
    return {
      total: this.total,
      available: this.available,
      held: this.#units("reserved"),
      sold: this.#units("paid"),
      returned: this.returned,
      scheduled: this.planned.reduce((units, { quantity }) => units + quantity, 0),
      orders: {
        reserved: count("reserved"),
        paid: count("paid"),
        cancelled: count("cancelled"),
        expired: count("expired"),
      },
      paused: this.isStopped,
    };
  }

  /** The earliest wave still to come. */
  get nextWave(): Wave | undefined {
    return this.planned.toSorted((a, b) => a.at - b.at)[0];
  }

  /** What has become true by itself: reservations that expired, waves that came. */
  catchUp(): void {
    for (const order of this.orders) {
      if (stateOf(order) === "reserved" && order.payBefore <= this.now) this.#giveBack(order, "expired");
    }
    const come = this.planned.filter(({ at }) => at <= this.now);
    this.planned = this.planned.filter((wave) => !come.includes(wave));
    this.released.push(...come);
    this.#arrive(come.reduce((units, { quantity }) => units + quantity, 0));
  }

  /** `newOrderId` is called for each new reservation; the model cannot foresee what is drawn by lot. */
  reserve({ userId, key, quantity }: ReserveRequest, newOrderId: () => string): ReserveResult {
    const known = this.orders.find((order) => order.userId === userId && order.key === key);
    if (known && known.quantity !== quantity) return { ok: false, code: "idempotency_conflict" };
    if (known) return { ok: true, orderId: known.orderId, payBefore: known.payBefore };
    if (this.now >= this.config.endsAt) return { ok: false, code: "ended" };
    if (this.now < this.config.startsAt) {
      return { ok: false, code: "too_early", startsAt: this.config.startsAt };
    }
    if (this.isStopped) return { ok: false, code: "paused" };
    if (this.#holds(userId) + quantity > this.config.maxPerUser) {
      const mine = this.orders.filter((order) => order.userId === userId);
      const newest = mine.findLast((order) => this.#isActive(order)) ?? mine.at(-1);
      return { ok: false, code: "limit_reached", ...(newest && { orderId: newest.orderId }) };
    }
    if (quantity > this.available) return { ok: false, code: "sold_out" };
    const orderId = newOrderId();
    const payBefore = this.now + this.config.holdSeconds * 1000;
    this.orders.push({
      ...{ orderId, userId, key, quantity, payBefore },
      ...{ paymentId: null, open: [], attempts: [], refused: [], history: ["reserved"] },
    });
    return { ok: true, orderId, payBefore };
  }

  /** `newAttempt` is called when an attempt must be opened, because there is none to join. */
  beginPayment(order: ModelOrder, newAttempt: () => number): boolean {
    const may = this.#mayPay(order);
    if (may && !order.open.some(({ refused }) => !refused)) {
      const attempt = newAttempt();
      order.open.push({ attempt, refused: false });
      order.attempts.push(attempt);
    }
    return may || stateOf(order) === "paid";
  }

  pay(order: ModelOrder, paymentId: string, attempt: number): boolean {
    if (order.refused.includes(paymentId)) return false;
    const isPaid = stateOf(order) === "paid";
    if (isPaid ? order.paymentId !== paymentId : !this.#mayPay(order)) {
      order.refused.push(paymentId);
      this.closePayment(order, attempt);
      order.open.push({ attempt, refused: true });
      return false;
    }
    if (!isPaid) order.history.push("paid");
    order.paymentId = paymentId;
    order.open = order.open.filter(({ refused }) => refused);
    return true;
  }

  closePayment(order: ModelOrder, attempt: number): void {
    order.open = order.open.filter((open) => open.attempt !== attempt);
  }

  cancel(order: ModelOrder): boolean {
    if (stateOf(order) === "reserved") this.#giveBack(order, "cancelled");
    return stateOf(order) === "cancelled";
  }

  restock(quantity: number, operationId: string): boolean {
    const applied = this.#operations.get(operationId);
    if (applied !== undefined) return applied === quantity;
    this.#operations.set(operationId, quantity);
    this.#arrive(quantity);
    return true;
  }

  /** Whether this may be the plan; if so it is. */
  planWaves(waves: Wave[]): boolean {
    const news = waves.filter(({ at }) => !this.released.some((wave) => wave.at === at));
    const olds = waves.filter((wave) => !news.includes(wave));
    const { startsAt, endsAt } = this.config;
    const possible =
      new Set(waves.map(({ at }) => at)).size === waves.length &&
      news.every(({ at }) => at > this.now && at >= startsAt && at < endsAt) &&
      olds.every((old) => this.released.some((w) => w.at === old.at && w.quantity === old.quantity)) &&
      this.total + news.reduce((units, { quantity }) => units + quantity, 0) <= STOCK_MAX;
    if (possible) this.planned = news;
    return possible;
  }

  setHalted(halted: boolean, version: number): void {
    if (version <= this.switchVersion) return;
    this.halted = halted;
    this.switchVersion = version;
  }

  configure(config: SpikeConfig): void {
    if (config.version <= this.config.version) return;
    const begun = this.now >= this.config.startsAt || this.orders.length > 0;
    const stock = begun ? this.config.stock : config.stock;
    this.total += this.#partOf(stock, this.#stripe) - this.#partOf(this.config.stock, this.#stripe);
    this.config = { ...config, stock };
  }

  #giveBack(order: ModelOrder, state: "cancelled" | "expired"): void {
    order.history.push(state);
    this.returned += order.quantity;
  }

  #mayPay(order: ModelOrder): boolean {
    return stateOf(order) === "reserved" || this.#mayRetake(order);
  }

  #mayRetake(order: ModelOrder): boolean {
    const allowed = this.#holds(order.userId) + order.quantity <= this.config.maxPerUser;
    return stateOf(order) === "expired" && order.quantity <= this.available && allowed;
  }

  #holds(userId: string): number {
    const mine = this.orders.filter((order) => order.userId === userId && this.#isActive(order));
    return mine.reduce((units, { quantity }) => units + quantity, 0);
  }

  #isActive(order: ModelOrder): boolean {
    return stateOf(order) === "reserved" || stateOf(order) === "paid";
  }

  #units(state: OrderState): number {
    const inState = this.orders.filter((order) => stateOf(order) === state);
    return inState.reduce((units, { quantity }) => units + quantity, 0);
  }
}

/** The part of a snapshot that the model knows. */
export function essenceOf(order: OrderSnapshot) {
  const { orderId, userId, quantity, state, version, payBefore } = order;
  return { orderId, userId, quantity, state, version, payBefore };
}

/** The same of a model's order. */
export function expectedEssence(order: ModelOrder) {
  const { orderId, userId, quantity, payBefore, history } = order;
  return { orderId, userId, quantity, state: stateOf(order), version: history.length, payBefore };
}
