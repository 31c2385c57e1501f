import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { saleInList } from "../spike/catalogue.ts";
import { spikeChangesSchema, spikeDefinitionSchema, spikeParams, spikeSchema } from "../spike/schemas.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { toWireSpike } from "../spike/wire.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { idempotencyHeader, NEEDS_ADMIN } from "./schemas.ts";
import { plannedSpikeSchema, toWirePlannedSpike } from "./wave-routes.ts";
import { readWaves } from "./waves.ts";
import { createSpike, deleteSpike, readSale, readSpikes, updateSpike } from "./spikes.ts";

const tags = ["Admin: spikes"];
const security = [{ bearer: [] }];

const createSpikeRoute = createRoute({
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

const listSpikesRoute = createRoute({
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

const readSpikeRoute = createRoute({
  method: "get",
  path: "/api/admin/spikes/{id}",
  tags,
  security,
  summary: "One sale with its waves, past every cache",
  request: { params: spikeParams },
  responses: { 200: jsonContent(plannedSpikeSchema, "The sale"), ...refusals(...NEEDS_ADMIN, "not_found") },
});

const updateSpikeRoute = createRoute({
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

const deleteSpikeRoute = createRoute({
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

export const adminSpikeRoutes = createApi();

adminSpikeRoutes.openapi(createSpikeRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const key = c.req.valid("header")["idempotency-key"];
  const sale = await createSpike(c.env, userId, c.req.valid("json"), key);
  return c.json(toWireSpike(sale, Date.now()), 201);
});

adminSpikeRoutes.openapi(listSpikesRoute, async (c) => {
  const before = decodeCursor(c.req.valid("query").cursor);
  const rows = await readSpikes(c.env, before, ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, (row) => ({ at: row.createdAt, id: row.spike.id }));
  const sales = await Promise.all(page.map(({ spike }) => saleInList(c.env, spike)));
  const now = Date.now();
  const spikes = sales.flatMap((sale) => (sale ? [toWireSpike(sale, now)] : []));
  return c.json({ spikes, serverTime: toInstant(now), ...next }, 200);
});

adminSpikeRoutes.openapi(readSpikeRoute, async (c) => {
  const { id } = c.req.valid("param");
  const sale = await readSale(c.env, id);
  return c.json(toWirePlannedSpike({ ...sale, waves: await readWaves(c.env, id) }, Date.now()), 200);
});

adminSpikeRoutes.openapi(updateSpikeRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const sale = await updateSpike(c.env, userId, c.req.valid("param").id, c.req.valid("json"));
  return c.json(toWireSpike(sale, Date.now()), 200);
});

adminSpikeRoutes.openapi(deleteSpikeRoute, async (c) => {
  await deleteSpike(c.env, requireIdentity(c).userId, c.req.valid("param").id);
  return c.body(null, 204);
});
