import { z } from "@hono/zod-openapi";
import { nextCursorSchema } from "../../edge/cursor.ts";
import { explanationSchema } from "../../edge/route-parts.ts";
import { because } from "../../shared/complaints.ts";
import {
  ORDER_EVENT_TYPES,
  OVERLAP_DEFAULT_SECONDS,
  OVERLAP_MAX_SECONDS,
  PING,
  WEBHOOK_URL_MAX_CHARS,
} from "../../shared/webhook.ts";

const eventsSchema = z
  .array(z.enum(ORDER_EVENT_TYPES))
  .min(1)
  .max(ORDER_EVENT_TYPES.length)
  .refine((events) => new Set(events).size === events.length, because("named_twice"));

const urlSchema = z.string().max(WEBHOOK_URL_MAX_CHARS).openapi({
  description: "https, port 443 or 8443, a public host, no credentials",
  example: "https://shop.example/hooks/spike",
});

export const endpointBody = z.strictObject({
  url: urlSchema,
  events: eventsSchema.default([...ORDER_EVENT_TYPES]),
  enabled: z.boolean().default(true),
});

export const endpointChanges = z
  .strictObject({
    url: urlSchema.optional(),
    events: eventsSchema.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, because("nothing_changed"));

export const rotationBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(OVERLAP_MAX_SECONDS).default(OVERLAP_DEFAULT_SECONDS).openapi({
    description: "How long the old secret signs as well; 0 after it has leaked",
  }),
});

export const endpointParams = z.object({ id: z.string() });
export const deliveryParams = z.object({ id: z.string(), deliveryId: z.string() });

export const deliveryStateSchema = z.enum(["pending", "delivered", "dead"]);

export const endpointSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.enum(ORDER_EVENT_TYPES)),
    enabled: z.boolean(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("WebhookEndpoint");

const secret = z.string().openapi({ description: "Shown this once", example: "whsec_…" });

export const newEndpointSchema = z.object({ endpoint: endpointSchema, secret }).openapi("NewWebhookEndpoint");

export const rotationSchema = z
  .object({ secret, oldSecretUntil: z.iso.datetime() })
  .openapi("WebhookRotation");

export const deliverySchema = z
  .object({
    id: z.string().openapi({ description: "What the receiver gets as `webhook-id`" }),
    event: z.enum([...ORDER_EVENT_TYPES, PING]),
    orderId: z.string().optional().openapi({ description: "Absent for a trial" }),
    version: z.int(),
    state: deliveryStateSchema,
    attempts: z.int(),
    createdAt: z.iso.datetime(),
    attemptedAt: z.iso.datetime().optional(),
    nextAttemptAt: z.iso.datetime().optional().openapi({ description: "While it is pending" }),
    lastStatus: z.int().optional(),
    lastError: z.string().optional(),
    explanation: explanationSchema
      .optional()
      .openapi({ description: "`lastError`, where it is a known one" }),
  })
  .openapi("WebhookDelivery");

export const deliveryListSchema = z.object({ deliveries: z.array(deliverySchema), ...nextCursorSchema });

export type WireDelivery = z.infer<typeof deliverySchema>;
