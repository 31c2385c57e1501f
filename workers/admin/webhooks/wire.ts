import { explainDelivery } from "../../shared/explanations.ts";
import { toInstant } from "../../shared/instant.ts";
import { PING } from "../../shared/webhook.ts";
import { deliveryIdOf, type WebhookDelivery } from "./deliveries.ts";
import type { WebhookEndpoint } from "./endpoints.ts";
import type { WireDelivery } from "./schemas.ts";

/** An endpoint as the API answers it: never with its secrets. */
export function toWireEndpoint({ id, url, events, enabled, createdAt, updatedAt }: WebhookEndpoint) {
  return { id, url, events, enabled, createdAt: toInstant(createdAt), updatedAt: toInstant(updatedAt) };
}

export function toWireDelivery(delivery: WebhookDelivery): WireDelivery {
  const { subject, version, eventType, state, attempts, attemptedAt, lastStatus, lastError } = delivery;
  return {
    id: deliveryIdOf(delivery),
    event: eventType,
    ...(eventType !== PING && { orderId: subject }),
    ...{ version, state, attempts },
    createdAt: toInstant(delivery.createdAt),
    ...(attemptedAt !== null && { attemptedAt: toInstant(attemptedAt) }),
    ...(state === "pending" && { nextAttemptAt: toInstant(delivery.nextAttemptAt) }),
    ...(lastStatus !== null && { lastStatus }),
    ...(lastError !== null && { lastError, explanation: explainDelivery(lastError) }),
  };
}
