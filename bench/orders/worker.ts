import { SpikeStock } from "../../durable-objects/spike-stock/spike-stock.ts";
import { consumeQueue } from "../../workers/order/queue/consume.ts";
import { ORDER_QUEUE } from "../../workers/order/queue/message.ts";
import { withOrderStore } from "../../workers/order/store/open-order-store.ts";
import { withLedger } from "../../workers/platform/ledger.ts";
import { LEDGER_BATCH_MAX, ORDER_EVENTS_PER_MESSAGE_MAX } from "../../workers/shared/limits.ts";
import type { OrderEventsMessage, OrderSnapshot, RecordedOrder } from "../../workers/shared/order.ts";
import type { SpikeConfig } from "../../workers/shared/spike.ts";
import type { StoreName } from "./store-name.ts";
import { type PlainInsert, plainInsert } from "./plain-insert.ts";

/*
 * The real consumer with its store and its ledger, handed its batches by this Worker instead of a queue; and
 * beside it the same rows inserted plainly. One request measures one of them; the client's clock times it.
 */

/** The queue: takes everything, for nothing. */
const NOWHERE = { send: async () => {} } as unknown as Queue;
const YEAR_MS = 31_536_000_000;
/** Orders read from the ledger in one call. */
const PAGE_ORDERS = 1_000;
/** Pause between two looks at the ledger, in milliseconds. */
const LOOK_PAUSE_MS = 5;

/**
 * The ledger whose orders are recorded. It sends nothing, and forgets when told what is recorded. Told to only count,
 * it hears what is recorded and writes nothing: then its own transaction, which elsewhere runs on another machine, does
 * not take time from the consumer.
 */
export class BenchStock extends SpikeStock {
  #counted: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, { ...env, ORDERS: NOWHERE });
  }

  override async alarm(): Promise<void> {}

  async forget(onlyCount: boolean): Promise<void> {
    this.#counted = onlyCount ? 0 : null;
    this.ctx.storage.sql.exec("UPDATE orders SET recorded_version = 0");
  }

  override async recorded(orders: RecordedOrder[]): Promise<void> {
    if (this.#counted === null) await super.recorded(orders);
    else this.#counted += orders.length;
  }

  /** How many orders it has heard to be recorded. */
  async heard(): Promise<number> {
    if (this.#counted !== null) return this.#counted;
    const query = "SELECT COUNT(*) AS heard FROM orders WHERE recorded_version > 0";
    return this.ctx.storage.sql.exec<{ heard: number }>(query).one().heard;
  }
}

let sold: OrderSnapshot[] = [];

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name: string) => Number(searchParams.get(name));
    const store = searchParams.get("store") === "mysql" ? "mysql" : "d1";
    const storeEnv: Env = { ...env, ORDER_STORE: store };
    switch (pathname) {
      case "/sell":
        sold = await sell(env, number("orders"));
        return Response.json(sold.length);
      case "/clear":
        await bench(env).forget(searchParams.has("only-count"));
        return Response.json(await clear(storeEnv, store));
      case "/plain":
        return Response.json(await insertAll(plainInsert(env, store), number("orders"), number("batch")));
      case "/consume":
        return Response.json(await consumeAll(storeEnv, number("orders"), number("batch")));
      default:
        return new Response(null, { status: 404 });
    }
  },
};

const SPIKE: SpikeConfig = {
  ...{ id: "bench0000000", version: 1, title: "Enamel kettle 搪瓷壶", description: "", imageUrl: null },
  ...{ accessRules: [], priceMinor: 1_900, originalPriceMinor: null, currency: "EUR", stock: 1_000_000 },
  ...{ maxPerUser: 1, holdSeconds: 86_400 },
  ...{ startsAt: Date.UTC(2026, 0, 1), endsAt: Date.UTC(2026, 0, 1) + 10 * YEAR_MS },
};

const bench = (env: Env) =>
  env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(SPIKE.id)) as unknown as DurableObjectStub<BenchStock>;

/** Makes orders in the ledger, and reads them back. */
async function sell(env: Env, orders: number): Promise<OrderSnapshot[]> {
  await withLedger(env, SPIKE.id, (ledger) => ledger.configure(SPIKE));
  for (let made = 0; made < orders; made += LEDGER_BATCH_MAX) {
    const requests = Array.from({ length: Math.min(LEDGER_BATCH_MAX, orders - made) }, (_, n) => ({
      ...{ userId: `u${String(made + n).padStart(20, "0")}`, quantity: 1 },
      ...{ key: crypto.randomUUID(), requestId: crypto.randomUUID() },
    }));
    const { results } = await withLedger(env, SPIKE.id, (ledger) => ledger.reserve(requests));
    if (!results.every(({ ok }) => ok)) throw new Error("a reservation failed");
  }
  const read: OrderSnapshot[] = [];
  for (let after: number | null = 0; after !== null;) {
    const from: number = after;
    const page = await withLedger(env, SPIKE.id, (ledger) => ledger.orders(from, PAGE_ORDERS));
    read.push(...page.orders);
    after = page.next;
  }
  return read;
}

/** Empties the table; says how many orders it had. */
async function clear(env: Env, store: StoreName): Promise<number> {
  const { reserved } = await withOrderStore(env, (orders) => orders.countByState(SPIKE.id));
  await plainInsert(env, store).clear();
  return reserved;
}

async function insertAll(insert: PlainInsert, orders: number, batch: number): Promise<number> {
  const prepared = batchesOf(orders, batch).map((rows) => insert.prepare(rows));
  for (const run of prepared) await run();
  return orders;
}

async function consumeAll(env: Env, orders: number, batch: number): Promise<number> {
  for (const message of batchesOf(orders, batch).map(queueBatch)) await consumeQueue(message, env);
  // Not done before the ledger has heard of all of them.
  while ((await bench(env).heard()) < orders) await scheduler.wait(LOOK_PAUSE_MS);
  return orders;
}

function batchesOf(orders: number, batch: number): OrderSnapshot[][] {
  const rows = sold.slice(0, orders);
  return Array.from({ length: Math.ceil(orders / batch) }, (_, n) => rows.slice(n * batch, (n + 1) * batch));
}

/** A batch as a queue would deliver it, of full messages. */
function queueBatch(orders: OrderSnapshot[]): MessageBatch {
  const count = Math.ceil(orders.length / ORDER_EVENTS_PER_MESSAGE_MAX);
  const messages = Array.from({ length: count }, (_, n) => {
    const first = n * ORDER_EVENTS_PER_MESSAGE_MAX;
    return messageOf(n, orders.slice(first, first + ORDER_EVENTS_PER_MESSAGE_MAX));
  });
  return { queue: ORDER_QUEUE, messages } as unknown as MessageBatch;
}

function messageOf(number: number, orders: OrderSnapshot[]): Message<OrderEventsMessage> {
  const { id: spikeId, title: spikeTitle, currency } = SPIKE;
  const events = orders.map(({ spikeId: _id, spikeTitle: _title, currency: _currency, ...event }) => event);
  return {
    id: String(number),
    timestamp: new Date(),
    attempts: 1,
    body: { format: 1, spikeId, spikeTitle, currency, events },
    ack: () => {},
    retry: () => {
      throw new Error("the consumer did not record a message");
    },
  };
}
