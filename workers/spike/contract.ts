import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { because } from "../shared/complaints.ts";
import { IDEMPOTENCY_KEY_MAX_CHARS, QUANTITY_MAX } from "../shared/limits.ts";
import { SOLUTION_MAX_CHARS } from "./challenge/challenge.ts";
import { IDEMPOTENCY_KEY } from "./idempotency-key.ts";
import { spikeListSchema, spikeParams, spikeSchema, stockSchema } from "./schemas.ts";

/*
 * What shoppers may ask about sales. Only schemas: the browser's code takes its types from here.
 */

const notModified = { 304: { description: "Nothing has changed but the clock" } };

export const listRoute = createRoute({
  method: "get",
  path: "/api/spikes",
  tags: ["Spikes"],
  summary: "What is on sale: running sales first, then the next to start, then the latest to end",
  responses: { 200: jsonContent(spikeListSchema, "The sales"), ...notModified },
});

export const detailRoute = createRoute({
  method: "get",
  path: "/api/spikes/{id}",
  tags: ["Spikes"],
  summary: "One sale",
  request: { params: spikeParams },
  responses: { 200: jsonContent(spikeSchema, "The sale"), ...notModified, ...refusals("not_found") },
});

export const stockRoute = createRoute({
  method: "get",
  path: "/api/spikes/{id}/stock",
  tags: ["Spikes"],
  summary: "What is left of a sale, at most a second old",
  request: { params: spikeParams },
  responses: { 200: jsonContent(stockSchema, "The stock"), ...notModified, ...refusals("not_found") },
});

export const purchaseBody = z.strictObject({ quantity: z.int().min(1).max(QUANTITY_MAX).default(1) });

export const idempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY, because("not_idempotency_key"))
  .max(IDEMPOTENCY_KEY_MAX_CHARS);

export const tokenRoute = createRoute({
  method: "post",
  path: "/api/spikes/{id}/token",
  tags: ["Spikes"],
  summary: "A purchase token, while the sale is open and the caller may take part",
  security: [{ bearer: [] }],
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: jsonContent(z.object({ token: z.string(), expiresAt: z.iso.datetime() }), "The token"),
    ...refusals(
      "unauthenticated",
      "not_eligible",
      "blacklisted",
      "not_found",
      "sold_out",
      "ended",
      "too_early",
      "rate_limited",
      "paused",
    ),
  },
});

export const purchaseRoute = createRoute({
  method: "post",
  path: "/api/spikes/{id}/purchases/{token}",
  tags: ["Spikes"],
  summary: "Reserve stock; the answer is durable",
  security: [{ bearer: [] }],
  request: {
    params: z.object({ id: z.string(), token: z.string() }),
    headers: z.object({
      "idempotency-key": idempotencyKey.optional(),
      "challenge-solution": z.string().max(SOLUTION_MAX_CHARS).optional().openapi({
        description: "The solution of the `challenge` of a `challenge_required` refusal",
      }),
    }),
    body: { content: { "application/json": { schema: purchaseBody } }, required: false },
  },
  responses: {
    202: jsonContent(
      z.object({
        orderId: z.string(),
        state: z.literal("reserved"),
        payBefore: z.iso.datetime(),
        poll: z.string(),
      }),
      "Reserved; the order appears at `poll`",
    ),
    ...refusals(
      "invalid_request",
      "unauthenticated",
      "not_eligible",
      "blacklisted",
      "invalid_spike_token",
      "not_found",
      "sold_out",
      "limit_reached",
      "idempotency_conflict",
      "ended",
      "too_early",
      "challenge_required",
      "rate_limited",
      "overloaded",
      "paused",
    ),
  },
});
