import type { OrderSnapshot, RecordedOrder } from "../../workers/shared/order.ts";
import type { FieldError } from "../../workers/shared/complaints.ts";
import type { LedgerConfig, LedgerView, SpikeConfig, StockStatus, Wave } from "../../workers/shared/spike.ts";

/*
 * What the ledger understands. Every call that changes something is safe to repeat: a failed call
 * may have happened. Messages stay compatible across one version, because after a deploy an object
 * may run the old code for minutes: add optional fields, never change or remove one.
 */

/** One purchase. `key` is the client's idempotency key, or one made for this HTTP request. */
export interface ReserveRequest {
  userId: string;
  quantity: number;
  key: string;
  /** Follows the purchase through logs, queue and consumer. */
  requestId: string;
}

export type ReserveResult =
  | { ok: true; orderId: string; payBefore: number }
  | { ok: false; code: "sold_out" | "idempotency_conflict" | "ended" | "paused" | "overloaded" | "not_found" }
  /** `orderId` is the user's newest active order; absent when the limit is below what was asked for. */
  | { ok: false; code: "limit_reached"; orderId?: string }
  | { ok: false; code: "too_early"; startsAt: number }
  | { ok: false; code: "rate_limited"; retryAfterMs: number };

export interface ReserveReply {
  /** One result per request, in the order of the requests. */
  results: ReserveResult[];
  status: StockStatus;
}

export type TransitionResult = { ok: true; order: OrderSnapshot } | TransitionRefusal;

type TransitionRefusal =
  | { ok: false; code: "not_found" }
  /** `order` is how it stands; `detail` says why the transition is not possible. */
  | { ok: false; code: "order_state"; order: OrderSnapshot; detail: string };

/** `attempt` is absent when the order is paid already. */
export type BeginPaymentResult = { ok: true; order: OrderSnapshot; attempt?: number } | TransitionRefusal;

/** What the owner of an order does with it: as `beginPayment`, `pay` and `cancel`. */
export type OrderStep = { orderId: string; userId: string } & (
  | { do: "begin_payment" }
  | { do: "pay"; paymentId: string; attempt: number }
  | { do: "cancel" }
);

/** `attempt` only of a payment that may begin. */
export type OrderStepResult = BeginPaymentResult;

/** A payment whose end the ledger does not know. `attempt` is never given out twice in a spike. */
export interface OpenPayment {
  order: OrderSnapshot;
  attempt: number;
}

/** An order in the ledger, and whether the database has confirmed it at least once. */
export interface LedgerOrder {
  order: OrderSnapshot;
  recorded: boolean;
}

export type { LedgerView };

/** A wave of the plan; `releasedAt` is null while it is still to come. */
export interface PlannedWave extends Wave {
  releasedAt: number | null;
}

/** The plan before and after, past waves included; or what is wrong with it, by its fields. */
export type WavePlanResult =
  | { ok: true; before: PlannedWave[]; waves: PlannedWave[] }
  | { ok: false; errors: FieldError[] };

export type RestockResult =
  | { ok: true; view: LedgerView }
  /** `idempotency_conflict`: the operation was applied with another quantity. Nothing was changed. */
  | { ok: false; code: "idempotency_conflict" | "too_many_units" };

/** A page of orders by sequence, for comparing the ledger with the database. */
export interface OrderPage {
  orders: OrderSnapshot[];
  /** The newest version of each that the database has confirmed, 0 for none. */
  recordedVersions?: number[];
  /** Pass as `after` for the next page; null at the end. */
  next: number | null;
}

/** Orders that were asked for by their ids. */
export interface FoundOrders {
  /** In the order of the ids; null for one that is not in this ledger. */
  orders: (OrderSnapshot | null)[];
  /**
   * What this ledger does not have of the sequences after the first and up to the second it never sold.
   * An order outside may have been sold by an earlier life of the ledger that was lost.
   */
  knownAfter: number;
  knownThrough: number;
}

/** `lost`: there is nothing, as when nobody ever made it. `erased`: its sale was deleted. */
export type LedgerCondition = "open" | "lost" | "restoring" | "erased";

/** `orders`: how many have been taken. `damaged`: two orders of the page cannot be of one ledger. */
export type RestoreReply =
  | { ok: true; orders: number }
  | { ok: false; code: "not_lost" | "other_restore" | "damaged" };

/** What came of a restoration. */
export interface RestoredLedger {
  orders: number;
  /** Units of paid orders: the whole stock of the restored ledger. */
  sold: number;
  /** Unpaid reservations that were expired. */
  expired: number;
  /** Numbers without an order below the newest: so many the lost ledger sold at least that nobody recorded. */
  missing: number;
}

/** What is known of a lost ledger without it. */
export interface RestoreExpectations {
  /** How many of its orders the database has. */
  orders: number;
  /** How many units it may have sold at most. */
  units: number;
  /** The units that have gone between it and each other ledger of its sale, as these have it. */
  transfers?: { stripe: number; given: number; taken: number }[];
}

/** `changed`: the database has more or fewer orders than were taken. `wait`: walk again after this time. */
export type RestoreResult =
  | { ok: true; ledger: RestoredLedger; again: boolean }
  | { ok: false; code: "not_lost" | "other_restore" | "changed" }
  | { ok: false; code: "wait"; until: number }
  | { ok: false; code: "oversold"; sold: number };

/** A page of the idempotency keys that have made a reservation, hashed with `hash32`, by sequence. */
export interface KeyPage {
  hashes: Uint32Array;
  /** Sequence of the last one; pass as `after` for what has come since. */
  through: number;
  /** False when more are there now. */
  complete: boolean;
}

/**
 * What one ledger of a sale tells another: how many units it has ever given it, and ever taken from it. They only
 * grow, so messages may be lost, repeated and overtaken. `wants`: units it would like to have, 0 for none.
 */
export interface Exchange {
  /** The number of the ledger that speaks. */
  from: number;
  given: number;
  taken: number;
  wants: number;
}

export interface SpikeStockRpc {
  /**
   * Creates the ledger or takes a newer config; older versions change nothing. Version 0 in the answer: it was
   * erased. `stripe` says which of the spike's ledgers this is; absent for the first.
   */
  configure(config: SpikeConfig, stripe?: number): Promise<StockStatus>;
  /** At most LEDGER_BATCH_MAX requests; all of them in one transaction. */
  reserve(requests: ReserveRequest[]): Promise<ReserveReply>;
  status(): Promise<StockStatus>;
  view(): Promise<LedgerView>;
  /** Answers in the order of the ids; null for an order that is not this user's. */
  lookup(refs: { orderId: string; userId: string }[]): Promise<(LedgerOrder | null)[]>;

  /** Before charging: may this order be paid now? Opens an attempt, or joins the one that is open. */
  beginPayment(orderId: string, userId: string): Promise<BeginPaymentResult>;
  /**
   * After charging in this attempt. On `order_state` the caller refunds, and this payment is refused for
   * ever, whatever becomes of the order. Paid already with this payment: the same answer.
   */
  pay(orderId: string, userId: string, paymentId: string, attempt: number): Promise<TransitionResult>;
  /** The attempt's charge was declined or refunded, or never happened: this attempt is over, no other. */
  closePayment(orderId: string, attempt: number): Promise<void>;
  /** Attempts begun before `olderThan` (epoch ms) and never settled. */
  openPayments(olderThan: number, limit: number): Promise<OpenPayment[]>;
  cancel(orderId: string, userId: string): Promise<TransitionResult>;
  /**
   * Takes the steps of many orders, one after the other, in one transaction; one result per step. At most
   * LEDGER_BATCH_MAX of them.
   */
  takeSteps(steps: OrderStep[]): Promise<OrderStepResult[]>;

  /**
   * `operationId` makes a repeat harmless. Asked of the ledger that leads, which sends the others their parts;
   * `elsewhere` is how many units are on sale in those, absent for none.
   */
  restock(quantity: number, operationId: string, elsewhere?: number): Promise<RestockResult>;
  /**
   * Replaces the waves still to come; those that have come stay. The same plan again changes nothing. Asked of
   * the ledger that leads, as `restock` is.
   */
  planWaves(waves: Wave[], elsewhere?: number): Promise<WavePlanResult>;
  /** All waves in the order of their times, past ones included. */
  waves(): Promise<PlannedWave[]>;
  setPaused(paused: boolean): Promise<StockStatus>;
  /** Stops or resumes this sale with all others; `version` of the settings says so, an older one changes nothing. */
  setHalted(halted: boolean, version: number): Promise<StockStatus>;
  /** From another ledger of the sale: what it has given and taken, and how many units it would like to have. */
  exchange(exchange: Exchange): Promise<StockStatus>;
  /** From the consumer: these versions are in the database. */
  recorded(orders: RecordedOrder[]): Promise<void>;
  /**
   * From the consumer: the database is away and took none of these. True when the ledger has them all, will send
   * them again in the order of sale, and the message may go.
   */
  takeBack(orders: RecordedOrder[]): Promise<boolean>;
  orders(after: number, limit: number): Promise<OrderPage>;
  /** At most ORDER_PAGE_MAX ids; those of other spikes are in no ledger of this one. */
  find(orderIds: string[]): Promise<FoundOrders>;
  condition(): Promise<LedgerCondition>;
  /**
   * Takes a page of what the database has of a lost ledger's orders, at most ORDER_PAGE_MAX; `isFirst` begins
   * a walk over all of them. Nothing is sold before the restoration is finished.
   */
  restorePage(restore: string, orders: OrderSnapshot[], isFirst: boolean): Promise<RestoreReply>;
  /** Makes a ledger of the orders that were taken. `expected`: what the database has, and how many units there are. */
  finishRestore(restore: string, config: LedgerConfig, expected: RestoreExpectations): Promise<RestoreResult>;
  /** The keys of reservations after this sequence, at most `limit`. */
  keys(after: number, limit: number): Promise<KeyPage>;
  /**
   * Sells nothing until then, epoch milliseconds, 0 to sell again; says whether it may be erased. For a deletion,
   * which must find all ledgers of a sale settled at once.
   */
  close(until: number): Promise<boolean>;
  /**
   * Forgets everything for good: a late `configure` does not bring the spike back. Refused (false) while
   * any order is reserved or not recorded, or any payment is open.
   */
  erase(): Promise<boolean>;
}
