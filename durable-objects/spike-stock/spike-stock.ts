import { DurableObject } from "cloudflare:workers";
import { logPassage, reservedOf } from "../../workers/shared/follow.ts";
import { randomId } from "../../workers/shared/ids.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import type { OrderSnapshot, RecordedOrder } from "../../workers/shared/order.ts";
import type { LedgerConfig, SpikeConfig, StockStatus, Wave } from "../../workers/shared/spike.ts";
import { LEDGER_BATCH_MAX } from "../../workers/shared/limits.ts";
import { ledgerName } from "../../workers/shared/stripes.ts";
import { CallGroup } from "./call-group.ts";
import { Ledger } from "./ledger.ts";
import type {
  BeginPaymentResult,
  FoundOrders,
  Exchange,
  KeyPage,
  LedgerCondition,
  LedgerView,
  OrderStep,
  OrderStepResult,
  PlannedWave,
  ReserveReply,
  ReserveRequest,
  RestockResult,
  RestoreExpectations,
  RestoreReply,
  RestoreResult,
  SpikeStockRpc,
  TransitionResult,
  WavePlanResult,
} from "./messages.ts";
import { Neighbours } from "./neighbours.ts";
import { OutboxSender } from "./outbox.ts";
import { conditionOf, finishRestoration, takePage } from "./restoration.ts";
import { hasSchema, isOpen, markErased, migrate } from "./schema.ts";

/** Random characters in an order id: 50 bits, on top of the check that the order is the caller's. */
const ORDER_NONCE_CHARS = 10;
/** Pause before an alarm that failed is tried again; the platform itself would give up after six times. */
const ALARM_RETRY_MS = 5_000;

const UNCONFIGURED_STATUS: StockStatus = { available: 0, total: 0, paused: false, configVersion: 0 };
const UNCONFIGURED_VIEW: LedgerView = {
  ...{ total: 0, available: 0, held: 0, sold: 0, returned: 0, scheduled: 0 },
  ...{ orders: { reserved: 0, paid: 0, cancelled: 0, expired: 0 }, unrecorded: 0, paused: false },
};
const NOT_FOUND = { ok: false, code: "not_found" } as const;

/**
 * The Durable Object that holds one spike's ledger: its life (creation, alarms, erasure) and the way
 * of its events to the queue. What it may do with stock is in `ledger.ts`, the stock rule itself in
 * `reserve.ts`. No method awaits anything between reading and writing. The platform holds every
 * answer until what was written is on disk, so an answer that arrives is true.
 */
export class SpikeStock extends DurableObject<Env> implements SpikeStockRpc {
  /** Null until configured: asking about a spike that does not exist stores nothing. */
  #ledger: Ledger | null = null;
  #outbox: OutboxSender | null = null;
  /** Null in the only ledger of a sale. */
  #neighbours: Neighbours | null = null;
  readonly #purchases = new CallGroup<ReserveRequest, ReserveReply>({
    itemsMax: LEDGER_BATCH_MAX,
    breathe: () => scheduler.wait(0),
    take: (calls) => this.#reserve(calls),
  });

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    if (!hasSchema(ctx.storage.sql)) return;
    ctx.storage.transactionSync(() => migrate(ctx.storage.sql));
    // Tables without a ledger: it was lost, and is being restored.
    if (isOpen(ctx.storage.sql)) this.#open();
  }

  async configure(config: SpikeConfig, stripe = 0): Promise<StockStatus> {
    if (this.#ledger) return this.#ledger.configure(config);
    // From someone who read the spike before it was deleted, or while it is being restored.
    if (conditionOf(this.ctx.storage.sql) !== "lost") return UNCONFIGURED_STATUS;
    Ledger.create(this.ctx.storage, { ...config, ...(stripe > 0 && { stripe }) }, Date.now());
    log.info("ledger_created", { spikeId: config.id, stock: config.stock });
    return this.#open().status();
  }

  async reserve(requests: ReserveRequest[]): Promise<ReserveReply> {
    const first = await this.#purchases.submit(requests);
    const reply = (await this.#neighbours?.complete(requests, first)) ?? first;
    logPassage("ledger_reserved", this.#name, reservedOf(requests, reply.results));
    return reply;
  }

  async status(): Promise<StockStatus> {
    return this.#ledger?.status() ?? UNCONFIGURED_STATUS;
  }

  async view(): Promise<LedgerView> {
    return this.#ledger?.view() ?? UNCONFIGURED_VIEW;
  }

  async lookup(orders: { orderId: string; userId: string }[]) {
    return this.#ledger?.lookup(orders) ?? orders.map(() => null);
  }

  async beginPayment(orderId: string, userId: string): Promise<BeginPaymentResult> {
    await this.#gatherFor([{ orderId, userId }]);
    return this.#ledger?.beginPayment(orderId, userId) ?? NOT_FOUND;
  }

  async pay(orderId: string, userId: string, paymentId: string, attempt: number): Promise<TransitionResult> {
    await this.#gatherFor([{ orderId, userId }]);
    return this.#ledger?.pay(orderId, userId, paymentId, attempt) ?? NOT_FOUND;
  }

  async closePayment(orderId: string, attempt: number): Promise<void> {
    this.#ledger?.closePayment(orderId, attempt);
  }

  async openPayments(olderThan: number, limit: number) {
    return this.#ledger?.openPayments(olderThan, limit) ?? [];
  }

  async cancel(orderId: string, userId: string): Promise<TransitionResult> {
    return this.#ledger?.cancel(orderId, userId) ?? NOT_FOUND;
  }

  async takeSteps(steps: OrderStep[]): Promise<OrderStepResult[]> {
    await this.#gatherFor(steps.filter((step) => step.do !== "cancel"));
    return this.#ledger?.takeSteps(steps) ?? steps.map(() => NOT_FOUND);
  }

  async restock(quantity: number, operationId: string, elsewhere?: number): Promise<RestockResult> {
    return this.#configured().restock(quantity, operationId, elsewhere);
  }

  async planWaves(waves: Wave[], elsewhere?: number): Promise<WavePlanResult> {
    return this.#configured().planWaves(waves, elsewhere);
  }

  async waves(): Promise<PlannedWave[]> {
    return this.#ledger?.waves() ?? [];
  }

  async setPaused(paused: boolean): Promise<StockStatus> {
    return this.#configured().setPaused(paused);
  }

  async setHalted(halted: boolean, version: number): Promise<StockStatus> {
    return this.#ledger?.setHalted(halted, version) ?? UNCONFIGURED_STATUS;
  }

  async exchange(exchange: Exchange): Promise<StockStatus> {
    return this.#neighbours?.hear(exchange) ?? UNCONFIGURED_STATUS;
  }

  async recorded(orders: RecordedOrder[]): Promise<void> {
    this.#ledger?.recorded(orders);
  }

  async takeBack(orders: RecordedOrder[]): Promise<boolean> {
    return this.#ledger?.takeBack(orders) ?? false;
  }

  async orders(after: number, limit: number) {
    return this.#ledger?.orders(after, limit) ?? { orders: [], next: null };
  }

  async find(orderIds: string[]): Promise<FoundOrders> {
    const nothing = { orders: orderIds.map(() => null), knownAfter: 0, knownThrough: 0 };
    return this.#ledger?.find(orderIds) ?? nothing;
  }

  async condition(): Promise<LedgerCondition> {
    return conditionOf(this.ctx.storage.sql);
  }

  async restorePage(restore: string, orders: OrderSnapshot[], isFirst: boolean): Promise<RestoreReply> {
    return takePage(this.ctx.storage, restore, orders, isFirst, Date.now());
  }

  async finishRestore(
    restore: string,
    config: LedgerConfig,
    expected: RestoreExpectations,
  ): Promise<RestoreResult> {
    const result = finishRestoration(this.ctx.storage, restore, config, expected, Date.now());
    if (result.ok && !this.#ledger) {
      log.warn("ledger_restored", { spikeId: config.id, ...result.ledger });
      this.#open();
    }
    return result;
  }

  async keys(after: number, limit: number): Promise<KeyPage> {
    return this.#ledger?.keys(after, limit) ?? { hashes: new Uint32Array(), through: after, complete: true };
  }

  async close(until: number): Promise<boolean> {
    return this.#ledger?.close(until) ?? true;
  }

  async erase(): Promise<boolean> {
    if (this.#ledger && !this.#ledger.isSettled()) return false;
    this.#ledger = null;
    this.#outbox = null;
    this.#neighbours = null;
    // Forgets the alarm as well. Not awaited before the mark is made: both become durable together, and
    // the answer waits for both.
    const deleted = this.ctx.storage.deleteAll();
    markErased(this.ctx.storage.sql);
    await deleted;
    return true;
  }

  override async alarm(): Promise<void> {
    try {
      this.#ledger?.ring();
    } catch (error) {
      log.error("ledger_alarm_failed", { message: messageOf(error) });
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
    }
    await this.#outbox?.drain();
  }

  #open(): Ledger {
    const ledger = new Ledger({
      storage: this.ctx.storage,
      now: () => Date.now(),
      newNonce: () => randomId(ORDER_NONCE_CHARS),
      random: () => Math.random(),
      send: (events) => {
        outbox.offer(events);
        // Nobody waits for the queue: what it does not take is sent again by the alarm.
        this.ctx.waitUntil(outbox.drain());
      },
      tell: (stripes) => this.#neighbours && this.ctx.waitUntil(this.#neighbours.tell(stripes)),
    });
    const outbox = new OutboxSender(
      this.env.ORDERS,
      () => ledger.header,
      (ms) => scheduler.wait(ms),
    );
    this.#ledger = ledger;
    this.#outbox = outbox;
    if (ledger.others.length > 0) {
      const exchange = (stripe: number, message: Exchange) => this.#other(stripe).exchange(message);
      this.#neighbours = new Neighbours({ ledger, exchange, now: () => Date.now() });
    }
    return ledger;
  }

  /** Reserves for these calls in one transaction; each gets the replies to its own requests. */
  #reserve(calls: ReserveRequest[][]): ReserveReply[] {
    const requests = calls.flat();
    const { results, status } = this.#ledger?.reserve(requests) ?? {
      results: requests.map(() => NOT_FOUND),
      status: UNCONFIGURED_STATUS,
    };
    let start = 0;
    return calls.map(({ length }) => ({ results: results.slice(start, (start += length)), status }));
  }

  /** Another ledger of this sale. */
  #other(stripe: number): SpikeStockRpc {
    const { spikeId } = this.#configured().ref;
    return this.env.SPIKE_STOCK.get(this.env.SPIKE_STOCK.idFromName(ledgerName({ spikeId, stripe })));
  }

  /** Who pays late may find the units of his order in another ledger of the sale. */
  async #gatherFor(orders: readonly Pick<OrderStep, "orderId" | "userId">[]): Promise<void> {
    const missing = this.#neighbours ? (this.#ledger?.missingFor(orders) ?? []) : [];
    if (missing.length === 0) return;
    const units = missing.reduce((sum, quantity) => sum + quantity);
    await this.#neighbours?.gather(units, Math.min(...missing));
  }

  /** What this ledger's log lines say of it. */
  get #name(): { spikeId: string | undefined } {
    return { spikeId: this.#ledger?.header.spikeId };
  }

  #configured(): Ledger {
    if (!this.#ledger) throw new Error("this spike's ledger is not configured");
    return this.#ledger;
  }
}
