import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { STOCK_MAX } from "../shared/limits.ts";
import { spikeParams, spikeSchema } from "../spike/schemas.ts";
import { idempotencyHeader, NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: operation"], security: [{ bearer: [] }] };

const units = z.int().min(0);
const ledgerSchema = z
  .object({
    total: units,
    available: units,
    held: units,
    sold: units,
    returned: units.openapi({ description: "Units that came back: cancelled and expired" }),
    scheduled: units.openapi({ description: "Units of waves still to come, not in `total`" }),
    orders: z.object({ reserved: units, paid: units, cancelled: units, expired: units }),
  })
  .openapi("LedgerView", { description: "Always total = available + held + sold" });

const afterwards = {
  200: jsonContent(spikeSchema, "The sale as it is now"),
  ...refusals(...NEEDS_ADMIN, "not_found", "overloaded"),
};

export const pauseRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/spikes/{id}/pause",
  summary: "Stop selling at once; reservations stay and can be paid",
  request: { params: spikeParams },
  responses: afterwards,
});

export const resumeRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/spikes/{id}/resume",
  summary: "Go on selling after a pause",
  request: { params: spikeParams },
  responses: afterwards,
});

export const restockRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/spikes/{id}/restock",
  summary: "Put more units on sale; with the same Idempotency-Key once",
  request: {
    params: spikeParams,
    headers: idempotencyHeader,
    body: {
      content: {
        "application/json": { schema: z.strictObject({ quantity: z.int().min(1).max(STOCK_MAX) }) },
      },
      required: true,
    },
  },
  responses: { ...afterwards, ...refusals("invalid_request", "idempotency_conflict") },
});

export const ledgerRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/spikes/{id}/ledger",
  summary: "Where every unit of a sale is, and how many orders are in each state",
  request: { params: spikeParams },
  responses: {
    200: jsonContent(ledgerSchema, "The ledger at one moment"),
    ...refusals(...NEEDS_ADMIN, "not_found", "overloaded"),
  },
});
