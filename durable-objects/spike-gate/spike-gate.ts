import { DurableObject } from "cloudflare:workers";
import { Blacklist } from "../../workers/shared/blacklist.ts";
import { BoundedMap } from "../../workers/shared/bounded-map.ts";
import { logPassage, reservedOf } from "../../workers/shared/follow.ts";
import { openRedis } from "../../workers/shared/redis/nodes.ts";
import type { StockStatus } from "../../workers/shared/spike.ts";
import { ledgerName, ledgerOfOrder, ledgerOfUser, type LedgerRef } from "../../workers/shared/stripes.ts";
import type { Standing, Subject } from "../../workers/shared/strikes.ts";
import { wakeUpAt } from "../../workers/shared/wake-up.ts";
import type {
  OrderStep,
  OrderStepResult,
  ReserveRequest,
  ReserveResult,
  SpikeStockRpc,
} from "../spike-stock/messages.ts";
import { Admission } from "./admission.ts";
import { BarWriter } from "./bar-writer.ts";
import { BatchedCalls } from "./batched-calls.ts";
import type {
  GatePurchases,
  GateReply,
  GateStepResult,
  GateSteps,
  Solution,
  SpikeGateRpc,
  StrikesReport,
  TrafficReport,
} from "./messages.ts";
import { StrikeExchange } from "./strike-exchange.ts";
import { StrikeKeeper } from "./strike-keeper.ts";
import { StrikeStore } from "./strike-store.ts";
import { TrafficMeter } from "./traffic-meter.ts";

/** Calls to lift a bar that a gate remembers: they come from operators, and are repeated within a second. */
const LIFTING_CALLS_MAX = 1_000;

/**
 * A gate stands between the edge and one spike's ledger, so that the ledger sees few, full batches
 * and no duplicates. A user always meets the same gate. It also keeps the strikes of its users and of
 * the addresses that fall to it, and gate 0 adds up the fleet's traffic. Everything here is soft
 * state: when a gate is lost, users are let through once too often and the ledger sorts it out.
 */
export class SpikeGate extends DurableObject<Env> implements SpikeGateRpc {
  readonly #redis = openRedis(this.env);
  readonly #bars = new BarWriter(new Blacklist(this.#redis));
  readonly #keeper = new StrikeKeeper();
  readonly #strikes = new StrikeExchange(this.#keeper, new StrikeStore(this.#redis), Date.now);
  readonly #admission = new Admission((bar) => this.#bars.add(bar), this.#keeper);
  readonly #traffic = new TrafficMeter();
  /** Calls that have lifted a bar, whose answers may have been lost. */
  readonly #lifting = new BoundedMap<string, true>(LIFTING_CALLS_MAX);
  /** The ledger's newest word and when it came, epoch milliseconds. */
  #newest: { status: StockStatus; at: number } | undefined;
  readonly #purchases = new BatchedCalls<ReserveRequest, ReserveResult>((ledger, batch) =>
    this.#reserve(ledger, batch),
  );
  readonly #steps = new BatchedCalls<OrderStep, OrderStepResult>((ledger, steps) =>
    this.#stubOf(ledger).takeSteps(steps),
  );

  async purchase({ spikeId, ...purchases }: GatePurchases): Promise<GateReply> {
    const now = Date.now();
    const { results, standings } = await this.#admission.admit(purchases, now, async (request) => {
      const ledger = ledgerOfUser(spikeId, request.userId);
      if (this.env.GATHER === "off") return await this.#reserveAlone(ledger, forLedger(request));
      return await this.#purchases.submit(ledger, forLedger(request));
    });
    this.#tellRedis();
    const reply: GateReply = { results };
    // Only what the ledger said during this call is news to the caller.
    if (this.#newest && this.#newest.at >= now) reply.status = this.#newest.status;
    if (standings.length > 0) reply.standings = standings;
    return reply;
  }

  async takeSteps({ steps }: GateSteps): Promise<GateStepResult[]> {
    return await Promise.all(steps.map((step) => this.#steps.submit(ledgerOfOrder(step.orderId), step)));
  }

  async strike(report: StrikesReport): Promise<Standing[]> {
    const standings = this.#admission.strike(report, Date.now());
    this.#tellRedis();
    return standings;
  }

  async spend(solution: Solution, purchase: Pick<ReserveRequest, "userId" | "key">): Promise<boolean> {
    return this.#admission.spend(solution, purchase, Date.now());
  }

  async forgive(subject: Subject, onlyIfBarred = false, call?: string): Promise<boolean> {
    const now = Date.now();
    const isRepeated = call !== undefined && this.#lifting.has(call);
    const isBarred = isRepeated || this.#bars.holds(subject) || this.#admission.bars(subject, now);
    if (onlyIfBarred && !isBarred) return false;
    if (call !== undefined && isBarred) this.#lifting.set(call, true);
    this.#admission.forgive(subject, now);
    await this.#bars.drop(subject);
    this.#tellRedis();
    return isBarred;
  }

  async traffic(report: TrafficReport): Promise<number> {
    return this.#traffic.report(report, Date.now());
  }

  async wakeBefore(startsAt: number): Promise<void> {
    const at = wakeUpAt(startsAt, Date.now());
    if (at !== null) await this.ctx.storage.setAlarm(at);
  }

  /** Being awake is all it is for. A gate stores nothing else, and keeps nothing of this either. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  /** Nobody waits for Redis: strikes count and bars are in force here at once. */
  #tellRedis(): void {
    if (this.#bars.hasWork) this.ctx.waitUntil(this.#bars.write(Date.now()));
    if (this.#strikes.isDue) this.ctx.waitUntil(this.#strikes.exchange());
  }

  async #reserveAlone(ledger: LedgerRef, request: ReserveRequest): Promise<ReserveResult> {
    const [result] = await this.#reserve(ledger, [request]);
    return result as ReserveResult;
  }

  async #reserve(ledger: LedgerRef, batch: ReserveRequest[]): Promise<ReserveResult[]> {
    const reply = await this.#stubOf(ledger).reserve(batch);
    this.#newest = { status: reply.status, at: Date.now() };
    logPassage("gate_reserved", { ...ledger }, reservedOf(batch, reply.results));
    return reply.results;
  }

  #stubOf(ledger: LedgerRef): SpikeStockRpc {
    return this.env.SPIKE_STOCK.get(this.env.SPIKE_STOCK.idFromName(ledgerName(ledger)));
  }
}

/** What the ledger needs of a request; the rest is the gate's own. */
function forLedger({ userId, quantity, key, requestId }: ReserveRequest): ReserveRequest {
  return { userId, quantity, key, requestId };
}
