import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { spikeChangesSchema, spikeDefinitionSchema, spikeParams, spikeSchema } from "../spike/schemas.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { idempotencyHeader, NEEDS_ADMIN } from "./schemas.ts";
import { plannedSpikeSchema } from "./wave-contract.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const tags = ["Admin: spikes"];
const security = [{ bearer: [] }];

export const createSpikeRoute = createRoute({
  method: "post",
  path: "/api/admin/spikes",
  tags,
  security,
  summary: "Create a sale; the same Idempotency-Key and body create it once",
  request: {
    headers: idempotencyHeader,
    body: { content: { "application/json": { schema: spikeDefinitionSchema } }, required: true },
  },
  responses: {
    201: jsonContent(spikeSchema, "The new sale"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "idempotency_conflict", "overloaded"),
  },
});

export const listSpikesRoute = createRoute({
  method: "get",
  path: "/api/admin/spikes",
  tags,
  security,
  summary: "All sales, the newest first",
  request: { query: cursorQuery },
  responses: {
    200: jsonContent(
      z.object({ spikes: z.array(spikeSchema), serverTime: z.iso.datetime(), ...nextCursorSchema }),
      "A page of sales",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

export const readSpikeRoute = createRoute({
  method: "get",
  path: "/api/admin/spikes/{id}",
  tags,
  security,
  summary: "One sale with its waves, past every cache",
  request: { params: spikeParams },
  responses: { 200: jsonContent(plannedSpikeSchema, "The sale"), ...refusals(...NEEDS_ADMIN, "not_found") },
});

export const updateSpikeRoute = createRoute({
  method: "patch",
  path: "/api/admin/spikes/{id}",
  tags,
  security,
  summary: "Change a sale; once it has started, its start, stock and prices are fixed",
  request: {
    params: spikeParams,
    body: { content: { "application/json": { schema: spikeChangesSchema } }, required: true },
  },
  responses: {
    200: jsonContent(spikeSchema, "The sale as it is now"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "overloaded"),
  },
});

export const deleteSpikeRoute = createRoute({
  method: "delete",
  path: "/api/admin/spikes/{id}",
  tags,
  security,
  summary: "Delete a sale that has no open orders; its orders stay in the database",
  request: { params: spikeParams },
  responses: {
    204: { description: "It is gone" },
    ...refusals(...NEEDS_ADMIN, "not_found", "order_state"),
  },
});
