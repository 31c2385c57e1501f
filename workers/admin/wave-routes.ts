import { createRoute, z } from "@hono/zod-openapi";
import type { PlannedWave } from "../../durable-objects/spike-stock/messages.ts";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { toInstant } from "../shared/instant.ts";
import { STOCK_MAX, WAVES_PER_SPIKE_MAX } from "../shared/limits.ts";
import { instantSchema, spikeParams, spikeSchema } from "../spike/schemas.ts";
import { toWireSpike } from "../spike/wire.ts";
import { NEEDS_ADMIN } from "./schemas.ts";
import { type PlannedSale, planWaves } from "./waves.ts";

const waveShape = { at: instantSchema, quantity: z.int().min(1).max(STOCK_MAX) };

const planSchema = z
  .strictObject({ waves: z.array(z.strictObject(waveShape)).max(WAVES_PER_SPIKE_MAX) })
  .openapi("WavePlan");

/** What an admin sees of a sale: what a shopper sees, and the waves. */
export const plannedSpikeSchema = spikeSchema
  .extend({
    waves: z.array(
      z.object({
        ...waveShape,
        releasedAt: instantSchema.optional().openapi({ description: "Absent while it is to come" }),
      }),
    ),
  })
  .openapi("PlannedSpike");

const planRoute = createRoute({
  method: "post",
  path: "/api/admin/spikes/{id}/waves",
  tags: ["Admin: operation"],
  security: [{ bearer: [] }],
  summary: "Set the waves still to come; those that have come already stay",
  request: {
    params: spikeParams,
    body: { content: { "application/json": { schema: planSchema } }, required: true },
  },
  responses: {
    200: jsonContent(plannedSpikeSchema, "The sale as it is now, with all its waves"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "overloaded"),
  },
});

export const waveRoutes = createApi();

waveRoutes.openapi(planRoute, async (c) => {
  const waves = c.req.valid("json").waves.map(({ at, quantity }) => ({ at: Date.parse(at), quantity }));
  const sale = await planWaves(c.env, requireIdentity(c).userId, c.req.valid("param").id, waves);
  return c.json(toWirePlannedSpike(sale, Date.now()), 200);
});

/** @param now the server's clock, epoch milliseconds. */
export function toWirePlannedSpike({ waves, ...sale }: PlannedSale, now: number) {
  return { ...toWireSpike(sale, now), waves: waves.map(toWireWave) };
}

function toWireWave({ at, quantity, releasedAt }: PlannedWave) {
  return {
    at: toInstant(at),
    quantity,
    ...(releasedAt !== null && { releasedAt: toInstant(releasedAt) }),
  };
}
