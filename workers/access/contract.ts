import { createRoute } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { spikeParams } from "../spike/schemas.ts";
import { accessDecisionSchema } from "./schemas.ts";

/** Only schemas: the browser's code takes its types from here. */
export const accessRoute = createRoute({
  method: "get",
  path: "/api/spikes/{id}/access",
  tags: ["Spikes"],
  summary: "May I take part, and if not, why",
  security: [{ bearer: [] }],
  request: { params: spikeParams },
  responses: {
    200: jsonContent(accessDecisionSchema, "The decision"),
    ...refusals("unauthenticated", "not_found"),
  },
});
