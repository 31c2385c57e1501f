import { logPassage } from "../../workers/shared/follow.ts";
import { inParallel } from "../../workers/shared/in-parallel.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import { ORDER_EVENTS_PER_MESSAGE_MAX } from "../../workers/shared/limits.ts";
import type { OrderEvent, OrderEventsMessage } from "../../workers/shared/order.ts";

/** The platform refuses a queue message above 128 KB; the rest is left to its envelope. Bytes. */
export const MESSAGE_MAX_BYTES = 120_000;
/** The platform takes at most 100 messages and 256 KB in one `sendBatch`; the rest is left to envelopes. */
export const SEND_BATCH_MAX_MESSAGES = 100;
export const SEND_BATCH_MAX_BYTES = 250_000;
/** `sendBatch` calls in flight at once: enough to hide their latency, few enough to bound memory. */
export const SENDS_IN_FLIGHT_MAX = 4;
/** Events waiting in memory; what does not fit is sent from the table by the alarm. */
export const PENDING_EVENTS_MAX = 10_000;

/** What the outbox needs of a queue. */
export interface OrderQueue {
  sendBatch(messages: { body: OrderEventsMessage; contentType: "json" }[]): Promise<unknown>;
}

/** What the events of one spike have in common. */
export type MessageHeader = Omit<OrderEventsMessage, "format" | "events">;

interface PackedMessage {
  message: OrderEventsMessage;
  bytes: number;
}

/** Packs events into as few messages as the limits allow, in order. */
export function packMessages(header: MessageHeader, events: readonly OrderEvent[]): PackedMessage[] {
  const packed: PackedMessage[] = [];
  for (let start = 0; start < events.length; start += ORDER_EVENTS_PER_MESSAGE_MAX) {
    packed.push(...packWithinBytes(header, events.slice(start, start + ORDER_EVENTS_PER_MESSAGE_MAX)));
  }
  return packed;
}

/** One message almost always; halved until each half fits when ids or titles are unusually long. */
function packWithinBytes(header: MessageHeader, events: OrderEvent[]): PackedMessage[] {
  const message: OrderEventsMessage = { format: 1, ...header, events };
  const bytes = utf8.encode(JSON.stringify(message)).byteLength;
  if (bytes <= MESSAGE_MAX_BYTES || events.length === 1) return [{ message, bytes }];
  const half = Math.ceil(events.length / 2);
  return [...packWithinBytes(header, events.slice(0, half)), ...packWithinBytes(header, events.slice(half))];
}

const utf8 = new TextEncoder();

/** Groups messages into `sendBatch` calls within the platform's count and size. */
export function groupIntoSends(packed: readonly PackedMessage[]): OrderEventsMessage[][] {
  const sends: OrderEventsMessage[][] = [];
  let current: OrderEventsMessage[] = [];
  let bytes = 0;
  for (const next of packed) {
    const full = current.length === SEND_BATCH_MAX_MESSAGES || bytes + next.bytes > SEND_BATCH_MAX_BYTES;
    if (full && current.length > 0) {
      sends.push(current);
      current = [];
      bytes = 0;
    }
    current.push(next.message);
    bytes += next.bytes;
  }
  if (current.length > 0) sends.push(current);
  return sends;
}

/**
 * Sends committed events to the queue: the first at once, and while a drain is under way the next
 * ones gather. It keeps nothing that matters. An event that is lost here, because the queue fails or
 * the object dies, is still marked as not recorded in the table, and the alarm sends it again.
 */
export class OutboxSender {
  readonly #queue: OrderQueue;
  readonly #header: () => MessageHeader;
  /** By order: of two events of an order only the newer one needs to be sent. */
  #pending = new Map<string, OrderEvent>();
  #draining: Promise<void> | null = null;

  constructor(queue: OrderQueue, header: () => MessageHeader) {
    this.#queue = queue;
    this.#header = header;
  }

  /** Takes events of a committed transaction. */
  offer(events: readonly OrderEvent[]): void {
    for (const event of events) {
      if (this.#pending.size >= PENDING_EVENTS_MAX && !this.#pending.has(event.orderId)) return;
      this.#pending.set(event.orderId, event);
    }
  }

  /** Sends until nothing is pending; never rejects. At most one drain runs, and callers share it. */
  drain(): Promise<void> {
    if (this.#pending.size === 0 && !this.#draining) return Promise.resolve();
    this.#draining ??= this.#drainPending();
    return this.#draining;
  }

  async #drainPending(): Promise<void> {
    try {
      while (this.#pending.size > 0) await this.#sendPending();
    } finally {
      // In the same step as the check above: whoever offers from here on starts a new drain.
      this.#draining = null;
    }
  }

  async #sendPending(): Promise<void> {
    const events = [...this.#pending.values()];
    this.#pending = new Map();
    const sends = groupIntoSends(packMessages(this.#header(), events));
    await inParallel(sends, SENDS_IN_FLIGHT_MAX, (messages) => this.#send(messages));
  }

  async #send(messages: OrderEventsMessage[]): Promise<void> {
    try {
      await this.#queue.sendBatch(messages.map((body) => ({ body, contentType: "json" })));
      for (const { spikeId, events } of messages) logPassage("outbox_sent", { spikeId }, events);
    } catch (error) {
      const { spikeId } = this.#header();
      log.warn("outbox_send_failed", { spikeId, messages: messages.length, message: messageOf(error) });
    }
  }
}
