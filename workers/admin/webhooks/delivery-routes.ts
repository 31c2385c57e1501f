import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { cursorQuery } from "../../edge/cursor.ts";
import { decodeCursor, pageOf } from "../../shared/cursor.ts";
import { ADMIN_PAGE_SIZE } from "../../shared/limits.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import { ping, positionOf, readDeliveries, replayDead, replayOne } from "./deliveries.ts";
import { readEndpoint } from "./endpoints.ts";
import {
  deliveryListSchema,
  deliveryParams,
  deliveryStateSchema,
  endpointParams,
  toWireDelivery,
} from "./schemas.ts";

const common = { tags: ["Admin: webhooks"], security: [{ bearer: [] }] };
const ofOne = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");

const pingRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/ping",
  summary: "Send a trial event; the list of deliveries says how it went",
  request: { params: endpointParams },
  responses: { 202: jsonContent(z.object({ deliveryId: z.string() }), "It is on its way"), ...ofOne },
});

const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/webhooks/{id}/deliveries",
  summary: "What was sent, is waiting, or was given up; the newest first",
  request: { params: endpointParams, query: cursorQuery.extend({ state: deliveryStateSchema.optional() }) },
  responses: { 200: jsonContent(deliveryListSchema, "A page of deliveries"), ...ofOne },
});

const replayOneRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/deliveries/{deliveryId}/replay",
  summary: "Send one delivery again, now",
  request: { params: deliveryParams },
  responses: { 202: { description: "It is on its way" }, ...ofOne },
});

const replayAllRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/replay",
  summary: "Send everything again that was given up",
  request: { params: endpointParams },
  responses: { 202: jsonContent(z.object({ replayed: z.int() }), "How many"), ...ofOne },
});

export const webhookDeliveryRoutes = createApi();

webhookDeliveryRoutes.openapi(pingRoute, async (c) =>
  c.json({ deliveryId: await ping(c.env, c.req.valid("param").id, Date.now()) }, 202),
);

webhookDeliveryRoutes.openapi(listRoute, async (c) => {
  const { id } = await readEndpoint(c.env, c.req.valid("param").id);
  const { cursor, state } = c.req.valid("query");
  const rows = await readDeliveries(c.env, id, {
    state,
    before: decodeCursor(cursor),
    limit: ADMIN_PAGE_SIZE + 1,
  });
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, positionOf);
  return c.json({ deliveries: page.map(toWireDelivery), ...next }, 200);
});

webhookDeliveryRoutes.openapi(replayOneRoute, async (c) => {
  const { id, deliveryId } = c.req.valid("param");
  await replayOne(c.env, requireIdentity(c).userId, id, deliveryId, Date.now());
  return c.body(null, 202);
});

webhookDeliveryRoutes.openapi(replayAllRoute, async (c) => {
  const { userId } = requireIdentity(c);
  return c.json({ replayed: await replayDead(c.env, userId, c.req.valid("param").id, Date.now()) }, 202);
});
