import { parseOrderId } from "../../shared/ids.ts";
import { ORDER_EVENTS_PER_MESSAGE_MAX, USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import type { OrderEvent, OrderEventsMessage, OrderSnapshot, OrderState } from "../../shared/order.ts";

/** The queues as wrangler.toml names them. */
export const ORDER_QUEUE = "spike-orders";
export const ORDER_DEAD_QUEUE = "spike-orders-dead";

/** Which of them a queue is. An environment's own has the environment's name before that of production's: `staging-spike-orders`. */
export function roleOfQueue(queue: string): string | undefined {
  return [ORDER_QUEUE, ORDER_DEAD_QUEUE].find((name) => queue === name || queue.endsWith(`-${name}`));
}

/** Deliveries before the platform moves a message to the dead-letter queue: wrangler.toml's max_retries and the first. */
export const ORDER_DELIVERIES_MAX = 11;

/** A time range no clock reaches by accident: epoch milliseconds up to the year 9999. */
const TIME_MAX_MS = 253_402_300_799_999;

/**
 * Longer than any title a sale may have, in JavaScript's units: each of up to 25,000 orders of a batch gets the title as
 * its own, so one of a whole message's size would fill the memory.
 */
const SPIKE_TITLE_MAX_UNITS = 1_000;

const STATES: Record<OrderState, true> = { reserved: true, paid: true, cancelled: true, expired: true };

/** The message, or why it is not one. */
export type ParsedMessage = { ok: true; message: OrderEventsMessage } | { ok: false; reason: string };

/**
 * Checks a queue message before anything of it reaches the database. Written out by hand because it
 * runs for every event of every sale and a schema library costs several times as much. Fields it
 * does not know are let through: during a deploy a newer ledger may already add some.
 */
export function parseOrderEventsMessage(body: unknown): ParsedMessage {
  const reason = faultOfMessage(body);
  return reason === null ? { ok: true, message: body as OrderEventsMessage } : { ok: false, reason };
}

function faultOfMessage(body: unknown): string | null {
  if (!isRecord(body)) return "the body is not an object";
  if (body.format !== 1) return "format is not 1";
  if (!isMatching(body.spikeId, /^[0-9a-z]{1,40}$/)) return "spikeId is not a spike id";
  const { spikeTitle } = body;
  if (typeof spikeTitle !== "string" || spikeTitle.length > SPIKE_TITLE_MAX_UNITS) {
    return `spikeTitle is not a string of at most ${SPIKE_TITLE_MAX_UNITS} units`;
  }
  if (!isMatching(body.currency, /^[A-Z]{3}$/)) return "currency is not an ISO 4217 code";
  const { events, spikeId } = body;
  if (!Array.isArray(events) || events.length < 1 || events.length > ORDER_EVENTS_PER_MESSAGE_MAX) {
    return `events is not a list of 1 to ${ORDER_EVENTS_PER_MESSAGE_MAX}`;
  }
  for (const [position, event] of events.entries()) {
    const fault = faultOfEvent(event, spikeId);
    if (fault !== null) return `events[${position}]${fault}`;
  }
  return null;
}

function faultOfEvent(event: unknown, spikeId: string): string | null {
  if (!isRecord(event)) return " is not an object";
  const { orderId, userId, state } = event;
  if (typeof orderId !== "string" || parseOrderId(orderId)?.spikeId !== spikeId) {
    return ".orderId is not an order id of this spike";
  }
  if (typeof userId !== "string" || userId.length < 1 || userId.length > USER_ID_MAX_CHARS) {
    return `.userId is not a string of 1 to ${USER_ID_MAX_CHARS} characters`;
  }
  if (typeof state !== "string" || !Object.hasOwn(STATES, state)) return ".state is not an order state";
  if (!isWithin(event.quantity, 1)) return ".quantity is not a positive integer";
  if (!isWithin(event.amountMinor, 0)) return ".amountMinor is not a non-negative integer";
  if (!isWithin(event.version, 1)) return ".version is not a positive integer";
  for (const time of ["payBefore", "createdAt", "updatedAt"] as const satisfies (keyof OrderEvent)[]) {
    if (!isWithin(event[time], 0, TIME_MAX_MS)) return `.${time} is not a time in epoch milliseconds`;
  }
  return null;
}

/** The orders a message speaks of, with what they have in common put back into each. */
export function ordersOf({ spikeId, spikeTitle, currency, events }: OrderEventsMessage): OrderSnapshot[] {
  return events.map((event) => ({
    orderId: event.orderId,
    spikeId,
    spikeTitle,
    userId: event.userId,
    quantity: event.quantity,
    amountMinor: event.amountMinor,
    currency,
    state: event.state,
    version: event.version,
    payBefore: event.payBefore,
    createdAt: event.createdAt,
    updatedAt: event.updatedAt,
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMatching(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

function isWithin(value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
}
