import { createRoute, z } from "@hono/zod-openapi";
import { createApi, refusals } from "../edge/api.ts";
import { PROMETHEUS_CONTENT_TYPE, toExposition } from "../shared/prometheus.ts";
import { readMetrics } from "./metrics/metrics.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

const metricsRoute = createRoute({
  method: "get",
  path: "/api/admin/metrics",
  tags: ["Admin: operation"],
  security: [{ bearer: [] }],
  summary: "Stock, orders, funnel, backlog and dead letters, in Prometheus' text format",
  description: "docs/observability.md says how a Prometheus is given an admin's token.",
  responses: {
    200: { description: "Metrics, version 0.0.4", content: { "text/plain": { schema: z.string() } } },
    ...refusals(...NEEDS_ADMIN),
  },
});

export const metricsRoutes = createApi();

metricsRoutes.openapi(metricsRoute, async (c) =>
  c.text(toExposition(await readMetrics(c.env, Date.now())), 200, {
    "Content-Type": PROMETHEUS_CONTENT_TYPE,
  }),
);
