import { createRoute } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { noStore } from "../edge/no-store.ts";
import { loadSpikeSettings } from "../platform/settings-store.ts";
import { findSpike } from "../spike/catalogue.ts";
import { spikeParams } from "../spike/schemas.ts";
import { decideAccess } from "./decide.ts";
import { accessDecisionSchema } from "./schemas.ts";

const accessRoute = createRoute({
  method: "get",
  path: "/api/spikes/{id}/access",
  tags: ["Spikes"],
  summary: "May I take part, and if not, why",
  security: [{ bearer: [] }],
  middleware: noStore(),
  request: { params: spikeParams },
  responses: {
    200: jsonContent(accessDecisionSchema, "The decision"),
    ...refusals("unauthenticated", "not_found"),
  },
});

export const accessRoutes = createApi();

accessRoutes.openapi(accessRoute, async (c) => {
  const subject = { ...requireIdentity(c), country: c.get("country") };
  const spike = await findSpike(c.env, c.req.valid("param").id);
  const decision = await decideAccess(
    c.env,
    spike,
    subject,
    await loadSpikeSettings(c.env, spike.id),
    Date.now(),
  );
  return c.json(decision, 200);
});
