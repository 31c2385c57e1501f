import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { saleInList } from "../spike/catalogue.ts";
import { spikeChangesSchema, spikeDefinitionSchema, spikeParams, spikeSchema } from "../spike/schemas.ts";
import { decodeCursor, encodeCursor } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { toWireSpike } from "../spike/wire.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { idempotencyHeader } from "./schemas.ts";
import { createSpike, deleteSpike, readSale, readSpikes, updateSpike } from "./spikes.ts";

const tags = ["Admin: spikes"];
const security = [{ bearer: [] }];
const needsAdmin = ["unauthenticated", "not_eligible"] as const;

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
    ...refusals("invalid_request", ...needsAdmin),
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
    ...refusals("invalid_request", ...needsAdmin),
  },
});

const readSpikeRoute = createRoute({
  method: "get",
  path: "/api/admin/spikes/{id}",
  tags,
  security,
  summary: "One sale, past every cache",
  request: { params: spikeParams },
  responses: { 200: jsonContent(spikeSchema, "The sale"), ...refusals(...needsAdmin, "not_found") },
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
    ...refusals("invalid_request", ...needsAdmin, "not_found", "overloaded"),
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
    ...refusals(...needsAdmin, "not_found", "order_state"),
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
  const rows = await readSpikes(
    c.env,
    before && { createdAt: before.at, id: before.id },
    ADMIN_PAGE_SIZE + 1,
  );
  const page = rows.slice(0, ADMIN_PAGE_SIZE);
  const sales = await Promise.all(page.map(({ spike }) => saleInList(c.env, spike)));
  const now = Date.now();
  const last = page.at(-1);
  const more = rows.length > page.length && last;
  return c.json(
    {
      spikes: sales.flatMap((sale) => (sale ? [toWireSpike(sale, now)] : [])),
      serverTime: toInstant(now),
      ...(more && { nextCursor: encodeCursor({ at: last.createdAt, id: last.spike.id }) }),
    },
    200,
  );
});

adminSpikeRoutes.openapi(readSpikeRoute, async (c) => {
  const sale = await readSale(c.env, c.req.valid("param").id);
  return c.json(toWireSpike(sale, Date.now()), 200);
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
