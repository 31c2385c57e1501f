import { createRoute, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import { createApi, jsonContent } from "../edge/api.ts";

/** What operators and their load balancers ask. */
export const operationsRoutes = createApi();

const health = createRoute({
  method: "get",
  path: "/health",
  tags: ["Operations"],
  summary: "Is this Worker up, and which version is it?",
  responses: {
    200: jsonContent(
      z.object({ status: z.literal("ok"), version: z.string() }).openapi("Health"),
      "It is up.",
    ),
  },
});

operationsRoutes.openapi(health, (c) => {
  c.header("cache-control", "no-store");
  return c.json({ status: "ok" as const, version }, 200);
});
