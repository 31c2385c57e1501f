import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { loadCounts } from "../platform/load-counts.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

const count = z.int().min(0).optional();

const loadsRoute = createRoute({
  method: "get",
  path: "/api/admin/loads",
  tags: ["Admin: operation"],
  security: [{ bearer: [] }],
  summary: "How often the isolate that answers asked database and ledgers past its caches, since it started",
  responses: {
    200: jsonContent(
      z.object({ spike: count, spike_list: count, stock: count, resting_stock: count }).openapi("Loads"),
      "Loads by what was loaded; absent is none",
    ),
    ...refusals(...NEEDS_ADMIN),
  },
});

export const loadRoutes = createApi();

loadRoutes.openapi(loadsRoute, (c) => c.json(loadCounts(), 200));
