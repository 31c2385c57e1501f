import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { STOCK_MAX } from "../shared/limits.ts";
import { spikeParams, spikeSchema } from "../spike/schemas.ts";
import { toWireSpike } from "../spike/wire.ts";
import { restock, setPaused, viewLedger } from "./operate.ts";
import { idempotencyHeader, NEEDS_ADMIN } from "./schemas.ts";

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

const pauseRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/spikes/{id}/pause",
  summary: "Stop selling at once; reservations stay and can be paid",
  request: { params: spikeParams },
  responses: afterwards,
});

const resumeRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/spikes/{id}/resume",
  summary: "Go on selling after a pause",
  request: { params: spikeParams },
  responses: afterwards,
});

const restockRoute = createRoute({
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

const ledgerRoute = createRoute({
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

export const operateRoutes = createApi();

operateRoutes.openapi(pauseRoute, async (c) => {
  const sale = await setPaused(c.env, requireIdentity(c).userId, c.req.valid("param").id, true);
  return c.json(toWireSpike(sale, Date.now()), 200);
});

operateRoutes.openapi(resumeRoute, async (c) => {
  const sale = await setPaused(c.env, requireIdentity(c).userId, c.req.valid("param").id, false);
  return c.json(toWireSpike(sale, Date.now()), 200);
});

operateRoutes.openapi(restockRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const key = c.req.valid("header")["idempotency-key"];
  // Two admins who happen to choose the same key mean two operations.
  const operation = key === undefined ? crypto.randomUUID() : `${userId}:${key}`;
  const { quantity } = c.req.valid("json");
  const sale = await restock(c.env, userId, c.req.valid("param").id, { quantity, operation });
  return c.json(toWireSpike(sale, Date.now()), 200);
});

operateRoutes.openapi(ledgerRoute, async (c) => {
  const {
    unrecorded: _unrecorded,
    oldestUnrecordedAt: _oldestUnrecordedAt,
    paused: _paused,
    ...view
  } = await viewLedger(c.env, c.req.valid("param").id);
  return c.json(view, 200);
});
