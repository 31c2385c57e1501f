import { type FollowedOrder, logPassage } from "../../shared/follow.ts";
import { log, messageOf } from "../../shared/log.ts";
import type { OrderSnapshot, RecordedOrder } from "../../shared/order.ts";
import { stripesOf } from "../../shared/ids.ts";
import { ledgerName, ledgerOfOrder, type LedgerRef } from "../../shared/stripes.ts";
import { type OrderStore, StoreUnavailable } from "../store/order-store.ts";
import { bury, type Fault, type KeepDeadLetter } from "./dead-letters.ts";
import { ordersOf, parseOrderEventsMessage } from "./message.ts";
import { newestOf, recordOrders, type RecordOutcome } from "./record-orders.ts";
import { retryDelaySeconds } from "./retry-delay.ts";

/** What the consumer works with, passed in so that each part can be made to fail. */
export interface OrderConsumer {
  store: Pick<OrderStore, "upsert">;
  keepDeadLetter: KeepDeadLetter;
  /** Sees to it that a ledger is told which versions the database holds; never throws. */
  acknowledge: (ledger: LedgerRef, orders: RecordedOrder[]) => void;
  /** Gives orders back to their ledger; whether it has them all and sends them again by itself. */
  giveBack: (ledger: LedgerRef, orders: RecordedOrder[]) => Promise<boolean>;
  /** Epoch milliseconds. */
  now: () => number;
}

interface OrderMessage {
  message: Message;
  orders: OrderSnapshot[];
  /** The same as they came, with the requests that made them. */
  events: readonly FollowedOrder[];
}

interface PoisonMessage {
  message: Message;
  faults: Fault[];
}

/**
 * Records a batch of order events and settles each message by itself: recorded ones are
 * acknowledged, those that can never be recorded are kept as dead letters, those that found the database away
 * are given back to their ledger, and the rest comes back later. Never throws, because that would bring back every
 * message of the batch.
 *
 * Nothing here has to be remembered: the ledger sends again whatever it is not told is recorded.
 */
export async function handleOrderMessages(batch: MessageBatch, consumer: OrderConsumer): Promise<void> {
  const { readable, poison } = sortMessages(batch.messages);
  const newest = newestOf(readable.flatMap(({ orders }) => orders));
  const outcome = await recordOrders(consumer.store, newest, (recorded) =>
    acknowledgeRecorded(recorded, consumer),
  );
  if (outcome.failure !== null) {
    log.error("orders_not_recorded", { messages: readable.length, message: messageOf(outcome.failure) });
  }
  const { waiting, ...settled } = settleReadable(readable, outcome);
  poison.push(...settled.poison);
  const now = consumer.now();
  const isAway = outcome.failure instanceof StoreUnavailable;
  await Promise.all([
    isAway ? giveBack(waiting, consumer) : retryAll(waiting),
    ...poison.map(({ message, faults }) =>
      bury({ message, faults, queue: batch.queue, attempts: message.attempts, now }, consumer.keepDeadLetter),
    ),
  ]);
  logBatch(readable, outcome, now);
}

function sortMessages(messages: readonly Message[]): { readable: OrderMessage[]; poison: PoisonMessage[] } {
  const readable: OrderMessage[] = [];
  const poison: PoisonMessage[] = [];
  for (const message of messages) {
    const parsed = parseOrderEventsMessage(message.body);
    if (parsed.ok)
      readable.push({ message, orders: ordersOf(parsed.message), events: parsed.message.events });
    else poison.push({ message, faults: [{ reason: parsed.reason }] });
  }
  return { readable, poison };
}

/** Acknowledges what is recorded; returns what was refused, and what was not all tried. */
function settleReadable(messages: OrderMessage[], { recorded, refused }: RecordOutcome) {
  const recordedIds = new Set(recorded.map((order) => order.orderId));
  const poison: PoisonMessage[] = [];
  const waiting: OrderMessage[] = [];
  for (const readable of messages) {
    const { message, orders, events } = readable;
    const faults = orders.flatMap((order) => {
      const reason = refused.get(order.orderId);
      return reason === undefined ? [] : [{ reason: `order ${order.orderId}: ${reason}`, order }];
    });
    if (orders.some(({ orderId }) => !recordedIds.has(orderId) && !refused.has(orderId))) {
      waiting.push(readable);
    } else if (faults.length > 0) {
      poison.push({ message, faults });
    } else {
      message.ack();
      logPassage("message_recorded", { messageId: message.id, attempts: message.attempts }, events);
    }
  }
  return { poison, waiting };
}

function retryAll(messages: readonly OrderMessage[]): void {
  for (const { message } of messages) message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
}

/**
 * While the database is away the ledgers keep what they sold: they send it in the order of sale once it is back, and
 * know at once that they need not send more until then. What a ledger does not take back comes back by the queue.
 */
async function giveBack(messages: readonly OrderMessage[], consumer: OrderConsumer): Promise<void> {
  const byLedger = Map.groupBy(messages, ({ orders: [first] }) => ledgerName(ledgerOf(first)));
  const calls = [...byLedger].map(async ([ledger, given]) => {
    const orders = given.flatMap(({ orders }) => versionsOf(orders));
    const taken = await consumer.giveBack(ledgerOf(given[0]?.orders[0]), orders).catch((error: unknown) => {
      log.warn("give_back_failed", { ledger, orders: orders.length, message: messageOf(error) });
      return false;
    });
    if (!taken) return retryAll(given);
    for (const { message } of given) message.ack();
    log.info("orders_given_back", { ledger, messages: given.length, orders: orders.length });
  });
  await Promise.all(calls);
}

/** Once per ledger. Most sales have one, and then no order's id has to be taken apart. */
function acknowledgeRecorded(orders: readonly OrderSnapshot[], consumer: OrderConsumer): void {
  for (const [spikeId, ofSale] of Map.groupBy(orders, (order) => order.spikeId)) {
    if (stripesOf(spikeId) === 1) {
      consumer.acknowledge({ spikeId, stripe: 0 }, versionsOf(ofSale));
      continue;
    }
    for (const recorded of Map.groupBy(ofSale, (order) => ledgerOf(order).stripe).values()) {
      consumer.acknowledge(ledgerOf(recorded[0]), versionsOf(recorded));
    }
  }
}

/** A message has one order at least, and all of one ledger; a list grouped by ledgers is never empty. */
const ledgerOf = (order: OrderSnapshot | undefined): LedgerRef => ledgerOfOrder(order?.orderId ?? "");

const versionsOf = (orders: readonly OrderSnapshot[]): RecordedOrder[] =>
  orders.map(({ orderId, version }) => ({ orderId, version }));

function logBatch(messages: OrderMessage[], { recorded, refused }: RecordOutcome, now: number): void {
  const sentAt = messages.map(({ message }) => message.timestamp.getTime());
  log.info("orders_recorded", {
    messages: messages.length,
    orders: recorded.length,
    refused: refused.size,
    oldestMs: sentAt.length > 0 ? now - Math.min(...sentAt) : 0,
  });
}
