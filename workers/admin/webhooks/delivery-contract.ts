import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../../edge/route-parts.ts";
import { cursorQuery } from "../../edge/cursor.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import { deliveryListSchema, deliveryParams, deliveryStateSchema, endpointParams } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: webhooks"], security: [{ bearer: [] }] };
const ofOne = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");

export const pingRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/ping",
  summary: "Send a trial event; the list of deliveries says how it went",
  request: { params: endpointParams },
  responses: { 202: jsonContent(z.object({ deliveryId: z.string() }), "It is on its way"), ...ofOne },
});

export const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/webhooks/{id}/deliveries",
  summary: "What was sent, is waiting, or was given up; the newest first",
  request: { params: endpointParams, query: cursorQuery.extend({ state: deliveryStateSchema.optional() }) },
  responses: { 200: jsonContent(deliveryListSchema, "A page of deliveries"), ...ofOne },
});

export const replayOneRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/deliveries/{deliveryId}/replay",
  summary: "Send one delivery again, now",
  request: { params: deliveryParams },
  responses: { 202: { description: "It is on its way" }, ...ofOne },
});

export const replayAllRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/replay",
  summary: "Send everything again that was given up",
  request: { params: endpointParams },
  responses: { 202: jsonContent(z.object({ replayed: z.int() }), "How many"), ...ofOne },
});
