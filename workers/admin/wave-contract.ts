import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { STOCK_MAX, WAVES_PER_SPIKE_MAX } from "../shared/limits.ts";
import { instantSchema, spikeParams, spikeSchema } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

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

export const planRoute = createRoute({
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
