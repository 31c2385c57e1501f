import { logPassage } from "../../workers/shared/follow.ts";
import { inParallel } from "../../workers/shared/in-parallel.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import { ORDER_EVENTS_PER_MESSAGE_MAX } from "../../workers/shared/limits.ts";
import type { OrderEvent, OrderEventsMessage } from "../../workers/shared/order.ts";

/** The platform refuses a queue message above 128 KB; the rest is left to its envelope. Bytes. */
export const MESSAGE_MAX_BYTES = 120_000;
/** Calls to the queue in flight at once: enough to hide their latency, few enough to bound memory. */
export const SENDS_IN_FLIGHT_MAX = 4;
/**
 * Pause between two rounds of sending, in milliseconds: a queue charges by the message, so a sale in full
 * swing sends few and full ones. The consumer waits ten times as long for its batch.
 */
export const ROUND_PAUSE_MS = 100;
/** Events waiting in memory; what does not fit is sent from the table by the alarm. */
export const PENDING_EVENTS_MAX = 10_000;

/** What the outbox needs of a queue. */
export interface OrderQueue {
  send(message: OrderEventsMessage, options: { contentType: "json" }): Promise<unknown>;
}

/** What the events of one spike have in common. */
export type MessageHeader = Omit<OrderEventsMessage, "format" | "events">;

/** Packs events into as few messages as the limits allow, in order. */
export function packMessages(header: MessageHeader, events: readonly OrderEvent[]): OrderEventsMessage[] {
  const packed: OrderEventsMessage[] = [];
  for (let start = 0; start < events.length; start += ORDER_EVENTS_PER_MESSAGE_MAX) {
    packed.push(...packWithinBytes(header, events.slice(start, start + ORDER_EVENTS_PER_MESSAGE_MAX)));
  }
  return packed;
}

/** One message almost always; halved until each half fits when ids or titles are unusually long. */
function packWithinBytes(header: MessageHeader, events: OrderEvent[]): OrderEventsMessage[] {
  const message: OrderEventsMessage = { format: 1, ...header, events };
  const bytes = utf8.encode(JSON.stringify(message)).byteLength;
  if (bytes <= MESSAGE_MAX_BYTES || events.length === 1) return [message];
  const half = Math.ceil(events.length / 2);
  return [...packWithinBytes(header, events.slice(0, half)), ...packWithinBytes(header, events.slice(half))];
}

const utf8 = new TextEncoder();

/**
 * Sends committed events to the queue: the first at once, and until ROUND_PAUSE_MS later the next ones
 * gather. It keeps nothing that matters. An event that is lost here, because the queue fails or
 * the object dies, is still marked as not recorded in the table, and the alarm sends it again.
 */
export class OutboxSender {
  readonly #queue: OrderQueue;
  readonly #header: () => MessageHeader;
  readonly #pause: (ms: number) => Promise<void>;
  /** By order: of two events of an order only the newer one needs to be sent. */
  #pending = new Map<string, OrderEvent>();
  #draining: Promise<void> | null = null;

  /** @param pause resolves after so many milliseconds. */
  constructor(queue: OrderQueue, header: () => MessageHeader, pause: (ms: number) => Promise<void>) {
    this.#queue = queue;
    this.#header = header;
    this.#pause = pause;
  }

  /** Takes events of a committed transaction. */
  offer(events: readonly OrderEvent[]): void {
    for (const event of events) {
      const fits = this.#pending.size < PENDING_EVENTS_MAX || this.#pending.has(event.orderId);
      if (fits) this.#pending.set(event.orderId, event);
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
      while (this.#pending.size > 0) {
        await this.#sendPending();
        await this.#pause(ROUND_PAUSE_MS);
      }
    } finally {
      // In the same step as the check above: whoever offers from here on starts a new drain.
      this.#draining = null;
    }
  }

  async #sendPending(): Promise<void> {
    const events = [...this.#pending.values()];
    this.#pending = new Map();
    const messages = packMessages(this.#header(), events);
    await inParallel(messages, SENDS_IN_FLIGHT_MAX, (message) => this.#send(message));
  }

  /** Alone, not in a `sendBatch`, which would carry a message of this size no cheaper. */
  async #send(message: OrderEventsMessage): Promise<void> {
    const { spikeId, events } = message;
    try {
      await this.#queue.send(message, { contentType: "json" });
      logPassage("outbox_sent", { spikeId }, events);
    } catch (error) {
      log.warn("outbox_send_failed", { spikeId, orders: events.length, message: messageOf(error) });
    }
  }
}
