import { expect } from "vitest";
import type { Ledger } from "../../../../durable-objects/spike-stock/ledger.ts";
import type {
  Exchange,
  OrderStep,
  OrderStepResult,
  ReserveRequest,
} from "../../../../durable-objects/spike-stock/messages.ts";
import { stripesOf } from "../../../../workers/shared/ids.ts";
import type { LedgerConfig, StockStatus, Wave } from "../../../../workers/shared/spike.ts";
import { spikeConfig } from "../spikes.ts";
import { essenceOf, expectedEssence, Model, type ModelOrder } from "./model.ts";
import { type Ask, HOLD_SECONDS, LEAD_MS, type OrderDeed, SALE_MS, type Step } from "./steps.ts";
import { type SqlDatabase, World } from "./world.ts";

const START = Date.UTC(2026, 10, 11);
/** Rounds of waiting, sending, delivering and confirming after which everything must be recorded. */
const DRAIN_ROUNDS_MAX = 40;
const DRAIN_ROUND_MS = 60_000;

/** What somebody does with an order, as the ledger is told it. */
interface Act {
  deed: OrderDeed;
  order: ModelOrder;
  step: OrderStep;
}

/** Runs the steps against a ledger and against the model; throws where they differ or a promise is broken. */
export function checkRun(
  LedgerClass: typeof Ledger,
  storage: DurableObjectStorage,
  steps: readonly Step[],
): void {
  const run = new Run(LedgerClass, storage);
  for (const step of steps) {
    run.take(step);
    run.compare();
  }
  run.drainFairly();
  run.compareDatabase();
  run.sellOut();
}

/** One ledger, whole or one of several, beside its model. */
export class Run {
  readonly #model: Model;
  readonly #world: World;

  constructor(
    LedgerClass: typeof Ledger,
    storage: SqlDatabase,
    { id, stripe = 0 }: Pick<LedgerConfig, "id" | "stripe"> = { id: "model" },
  ) {
    const sale = spikeConfig({
      id,
      stock: 6,
      maxPerUser: 3,
      holdSeconds: HOLD_SECONDS,
      startsAt: START + LEAD_MS,
      endsAt: START + SALE_MS,
    });
    const config = { ...sale, ...(stripe > 0 && { stripe }) };
    this.#model = new Model(config, START, stripesOf(id));
    this.#world = new World(LedgerClass, storage, config, START);
  }

  get ledger(): Ledger {
    return this.#world.ledger;
  }

  /** Units that came on sale through this ledger, wherever they are by now. */
  get unitsPutOnSale(): number {
    return this.#model.ways.reduce((units, { given, taken }) => units + given - taken, this.#model.total);
  }

  /** What the ledger was about to tell the others. */
  takeToTell(): number[] {
    return this.#world.toTell.splice(0);
  }

  /** Another ledger's message arrives; the transaction may fail at its `statement`th statement. */
  exchange(message: Exchange, statement: number): StockStatus | null {
    let status: StockStatus | null = null;
    this.#world.failing(statement, () => {
      status = this.#world.ledger.exchange(message);
      this.#model.catchUp();
      this.#model.exchange(message);
      same(status, this.#status());
    });
    return status;
  }

  /** Another ledger's answer arrives. */
  answered(stripe: number, status: StockStatus): void {
    const { ref } = this.#world.ledger;
    this.#world.ledger.answered(stripe, status);
    this.#model.catchUp();
    this.#model.hear(
      stripe,
      status.transfers?.given[ref.stripe] ?? 0,
      status.transfers?.taken[ref.stripe] ?? 0,
    );
  }

  take(step: Step): void {
    const [world, model] = [this.#world, this.#model];
    switch (step.do) {
      case "reserve":
        return this.#reserve(step.asks.map(requestOf));
      case "reserve_failing": {
        const requests = step.asks.map(requestOf);
        const failed = world.failing(step.statement, () => this.#reserve(requests));
        // The object that failed lives on: its memory must not be ahead of its tables.
        return failed ? undefined : this.#reserve(requests);
      }
      case "begin_payment":
      case "pay":
      case "cancel":
        return this.#actAlone(step);
      case "take_steps":
        world.failing(step.statement, () => this.#actTogether(step.deeds));
        return;
      case "close_payment": {
        const order = at(model.orders, step.order);
        model.catchUp();
        if (!order) return world.ledger.closePayment("model-1-nobody", 1);
        const attempt = attemptOf(order, step.attempt);
        model.closePayment(order, attempt);
        return world.ledger.closePayment(order.orderId, attempt);
      }
      case "restock": {
        const { quantity, operation } = step;
        model.catchUp();
        const { ok } = world.ledger.restock(quantity, `operation${operation}`);
        return same(ok, model.restock(quantity, `operation${operation}`));
      }
      case "configure": {
        const { version, maxPerUser, stock } = step;
        const config = { ...model.config, version, maxPerUser, stock };
        model.catchUp();
        model.configure(config);
        world.ledger.configure(config);
        return;
      }
      case "pause":
      case "resume":
        model.catchUp();
        model.paused = step.do === "pause";
        world.ledger.setPaused(model.paused);
        return;
      case "plan_waves":
        return this.#planWaves(step.waves);
      case "halt":
        model.catchUp();
        model.setHalted(step.halted, step.version);
        same(world.ledger.setHalted(step.halted, step.version), this.#status());
        return;
      case "status":
        if (model.available === 0 || (model.nextWave && model.nextWave.at <= model.now)) model.catchUp();
        expect(world.ledger.status()).toEqual(this.#status());
        return;
      case "crash":
        return world.crash();
      case "wait":
        world.now += step.ms;
        model.now = world.now;
        return;
      case "ring":
        return this.#ring(step.statement);
      case "send":
        return world.send(step.lost);
      case "deliver":
        return world.deliver(step.message % (world.queue.length || 1), step.again);
      case "drop":
        world.queue.splice(step.message % (world.queue.length || 1), 1);
        return;
      case "give_back":
        if (world.queue.length > 0) model.catchUp();
        return same(world.giveBack(step.message % (world.queue.length || 1)), true);
      case "confirm": {
        const index = step.confirmation % (world.confirmations.length || 1);
        if (world.confirmations.length > 0 && !step.lost) model.catchUp();
        return world.confirm(index, step);
      }
    }
  }

  /** The ledger is what the model says it is, and the database is nowhere ahead of it. */
  compare(): void {
    const { ledger } = this.#world;
    const { unrecorded, oldestUnrecordedAt, ...view } = ledger.view();
    same(oldestUnrecordedAt !== undefined, unrecorded > 0);
    const { transfers } = this.#model;
    same(view, { ...this.#model.view(), ...(transfers && { transfers }) });
    same(view.total, view.available + view.held + view.sold);
    same(ledger.orders(0, 1_000).orders.map(essenceOf), this.#model.orders.map(expectedEssence));
    const open = ledger.openPayments(Number.MAX_SAFE_INTEGER, 1_000);
    const expectedOpen = this.#model.orders.flatMap((order) =>
      order.open.map(({ attempt }) => `${order.orderId} ${attempt}`),
    );
    same(open.map(({ order, attempt }) => `${order.orderId} ${attempt}`).toSorted(), expectedOpen.toSorted());
    this.#compareWaves();
    this.#compareWithPast(unrecorded);
  }

  /** No restart, failure or edit may leave a wave to come without an alarm that is due by then. */
  #compareWaves(): void {
    const { ledger, alarmAt, now } = this.#world;
    const { planned, released, nextWave } = this.#model;
    const inLedger = ledger.waves();
    const byTime = (a: Wave, b: Wave) => a.at - b.at;
    const withoutRelease = (isReleased: boolean) =>
      inLedger
        .filter(({ releasedAt }) => (releasedAt !== null) === isReleased)
        .map(({ at, quantity }) => ({ at, quantity }));
    same(withoutRelease(false), planned.toSorted(byTime));
    same(withoutRelease(true), released.toSorted(byTime));
    if (nextWave && (alarmAt === null || alarmAt > Math.max(nextWave.at, now))) {
      throw new Error(`the wave at ${nextWave.at} has no alarm: the next is at ${alarmAt}`);
    }
  }

  /** Time goes on, the queue and the database work: everything must be recorded before long. */
  drainFairly(): void {
    const world = this.#world;
    for (let round = 0; world.ledger.view().unrecorded > 0; round++) {
      expect(round, "rounds until everything is recorded").toBeLessThan(DRAIN_ROUNDS_MAX);
      this.take({ do: "wait", ms: DRAIN_ROUND_MS });
      this.take({ do: "ring", statement: 0 });
      world.send(false);
      while (world.queue.length > 0) world.deliver(0, false);
      while (world.confirmations.length > 0)
        this.take({ do: "confirm", confirmation: 0, again: false, lost: false });
      this.compare();
    }
  }

  /** Every order of the ledger is in the database, once, as it is; and nothing else is. */
  compareDatabase(): void {
    const inDatabase = [...this.#world.database].map(([orderId, { version, state }]) => ({
      orderId,
      version,
      state,
    }));
    const inLedger = this.#model.orders.map((order) => {
      const { orderId, version, state } = expectedEssence(order);
      return { orderId, version, state };
    });
    expect(inDatabase.toSorted(byId)).toEqual(inLedger.toSorted(byId));
  }

  /** While anyone eligible keeps asking, every unit is sold: newcomers buy all that is left. */
  sellOut(): void {
    this.take({ do: "configure", version: 99, maxPerUser: 1, stock: 1 });
    this.take({ do: "resume" });
    this.take({ do: "halt", halted: false, version: 99 });
    const { now, config, available } = this.#model;
    const left = now >= config.startsAt && now < config.endsAt ? available : 0;
    const newcomers = Array.from({ length: available + 1 }, (_, n) =>
      requestOf({ user: 100 + n, key: 0, quantity: 1 }),
    );
    const soldBefore = this.#world.ledger.view();
    this.#reserve(newcomers);
    this.compare();
    const sold = this.#world.ledger.view();
    expect(sold.held + sold.sold - soldBefore.held - soldBefore.sold).toBe(left);
  }

  #reserve(requests: ReserveRequest[]): void {
    const { results, status } = this.#world.ledger.reserve(requests);
    this.#model.catchUp();
    const known = new Set(this.#model.orders.map(({ orderId }) => orderId));
    const expected = requests.map((request, index) =>
      this.#model.reserve(request, () => {
        const result = results[index];
        const orderId = result?.ok ? result.orderId : "a reservation";
        if (known.has(orderId)) throw new Error(`${orderId} was given out twice`);
        known.add(orderId);
        return orderId;
      }),
    );
    same(results, expected);
    same(status, this.#status());
  }

  #actAlone(deed: OrderDeed): void {
    const [acted] = this.#actsOf([deed]);
    if (!acted) return;
    const { orderId, userId } = acted.step;
    const { ledger } = this.#world;
    const result: OrderStepResult = {
      begin_payment: () => ledger.beginPayment(orderId, userId),
      pay: () => ledger.pay(orderId, userId, paymentOf(deed), attemptOf(acted.order, indexOf(deed))),
      cancel: () => ledger.cancel(orderId, userId),
    }[deed.do]();
    this.#model.catchUp();
    this.#judge(acted, result);
  }

  /** One call of the ledger, which the model takes for as many that come one after the other. */
  #actTogether(deeds: readonly OrderDeed[]): void {
    const acts = this.#actsOf(deeds);
    const results = this.#world.ledger.takeSteps(acts.map(({ step }) => step));
    this.#model.catchUp();
    same(results.length, acts.length);
    acts.forEach((acted, index) => this.#judge(acted, results[index] as OrderStepResult));
  }

  #actsOf(deeds: readonly OrderDeed[]): Act[] {
    return deeds.flatMap((deed) => {
      const order = at(this.#model.orders, deed.order);
      if (!order) return [];
      const { orderId } = order;
      const owner = { orderId, userId: deed.stranger ? "stranger" : order.userId };
      const step: OrderStep =
        deed.do === "pay"
          ? { do: "pay", ...owner, paymentId: paymentOf(deed), attempt: attemptOf(order, indexOf(deed)) }
          : { do: deed.do, ...owner };
      return [{ deed, order, step }];
    });
  }

  /** Lets the model do the same, and compares what came of it with what the ledger answered. */
  #judge({ deed, order, step }: Act, result: OrderStepResult): void {
    if (deed.stranger) return expect(result).toEqual({ ok: false, code: "not_found" });
    const model = this.#model;
    const ok = {
      begin_payment: () => model.beginPayment(order, () => this.#newAttempt(result)),
      pay: () => step.do === "pay" && model.pay(order, step.paymentId, step.attempt),
      cancel: () => model.cancel(order),
    }[step.do]();
    same(result.ok, ok);
    if (!result.ok && result.code === "not_found") throw new Error("the order is gone");
    same(essenceOf(result.order), expectedEssence(order));
  }

  #planWaves(asked: { inMs: number; quantity: number }[]): void {
    const waves = asked.map(({ inMs, quantity }) => ({ at: START + inMs, quantity }));
    const result = this.#world.ledger.planWaves(waves);
    this.#model.catchUp();
    same(result.ok, this.#model.planWaves(waves));
  }

  /** The attempt the ledger opened, which nobody has had before. */
  #newAttempt(result: OrderStepResult): number {
    const attempt = result.ok ? result.attempt : undefined;
    if (attempt === undefined) throw new Error("no attempt was opened");
    const given = this.#model.orders.flatMap(({ attempts }) => attempts);
    if (given.includes(attempt)) throw new Error(`attempt ${attempt} was given out twice`);
    return attempt;
  }

  #ring(statement: number): void {
    const due = this.#world.alarmAt !== null && this.#world.alarmAt <= this.#world.now;
    this.#world.ring(statement);
    const rang = due && this.#world.alarmAt !== this.#world.now;
    if (rang) this.#model.catchUp();
  }

  #status() {
    const { available, total, isStopped: paused, config, nextWave } = this.#model;
    const { scheduled } = this.#model.view();
    const { transfers } = this.#model;
    return {
      available,
      total,
      paused,
      configVersion: config.version,
      ...(nextWave && { scheduled, nextWave }),
      ...(transfers && { transfers }),
    };
  }

  /** What the database holds of an order is a state the order was in; what it lacks is in the outbox. */
  #compareWithPast(unrecorded: number): void {
    let behind = 0;
    for (const order of this.#model.orders) {
      const row = this.#world.database.get(order.orderId);
      if (row) same(row.state, order.history[row.version - 1]);
      if (row?.version !== order.history.length) behind += 1;
    }
    if (this.#world.database.size > this.#model.orders.length) throw new Error("an order nobody made");
    if (unrecorded < behind) throw new Error(`${behind} orders to record, ${unrecorded} in the outbox`);
  }
}

/** `toEqual`, but quick where nothing differs, which is almost always. */
function same(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

function requestOf({ user, key, quantity }: Ask): ReserveRequest {
  return { userId: `user${user}`, key: `key${key}`, quantity, requestId: `request${user}.${key}` };
}

const paymentOf = (deed: OrderDeed): string => `payment${deed.do === "pay" ? deed.payment : 0}`;
const indexOf = (deed: OrderDeed): number => (deed.do === "pay" ? deed.attempt : 0);

/** One of the order's attempts, or a number that none ever had. */
function attemptOf(order: ModelOrder, index: number): number {
  return at(order.attempts, index) ?? -Number.parseInt(order.orderId.split("-")[1] ?? "", 36);
}

function at<T>(items: readonly T[], index: number): T | undefined {
  return items[index % (items.length || 1)];
}

function byId(one: { orderId: string }, other: { orderId: string }): number {
  return one.orderId < other.orderId ? -1 : 1;
}
