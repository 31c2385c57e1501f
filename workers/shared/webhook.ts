import type { OrderSnapshot, OrderState } from "./order.ts";
import { toInstant } from "./instant.ts";

/*
 * Webhooks: order events for the shop's own systems, in the form of Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */

/** Endpoints a shop may have: each is a row more for every event. */
export const WEBHOOK_ENDPOINTS_MAX = 20;
export const WEBHOOK_URL_MAX_CHARS = 2_048;
/** Secrets of one endpoint in force at once: a second rotation before the first is over must not cut one off. */
export const WEBHOOK_SECRETS_MAX = 3;

/** How long after a rotation the old secret signs as well unless told, and at most. Seconds. */
export const OVERLAP_DEFAULT_SECONDS = 86_400;
export const OVERLAP_MAX_SECONDS = 7 * 86_400;

export type OrderEventType = `order.${OrderState}`;
export const ORDER_EVENT_TYPES = [
  "order.reserved",
  "order.paid",
  "order.cancelled",
  "order.expired",
] as const satisfies OrderEventType[];

/** Sent when an operator tries an endpoint out. */
export const PING = "webhook.ping";
export type WebhookEventType = OrderEventType | typeof PING;

export type DeliveryState = "pending" | "delivered" | "dead";

/** A signing secret, `whsec_` and base64. */
export interface WebhookSecret {
  secret: string;
  /** When it stops signing, epoch milliseconds; null for the current one. */
  expiresAt: number | null;
}

export const eventTypeOf = ({ state }: OrderSnapshot): OrderEventType => `order.${state}`;

/** The body of an order's event: the whole order as of this version. */
export function orderPayload(order: OrderSnapshot): string {
  const { orderId, spikeId, spikeTitle, userId, quantity, amountMinor, currency, state, version } = order;
  return JSON.stringify({
    type: eventTypeOf(order),
    timestamp: toInstant(order.updatedAt),
    data: {
      id: orderId,
      ...{ spikeId, spikeTitle, userId, quantity, amountMinor, currency, state, version },
      payBefore: toInstant(order.payBefore),
      createdAt: toInstant(order.createdAt),
      updatedAt: toInstant(order.updatedAt),
    },
  });
}

/** What a receiver tells repeats by: the same for every attempt and every endpoint. */
export const messageIdOf = (subject: string, version: number): string => `${subject}_${version}`;
