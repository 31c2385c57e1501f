import { createRoute, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import { createApi, jsonContent } from "../edge/api.ts";
import { knownDeadLetters } from "./dead-letter-count.ts";

/** What operators and their load balancers ask. */
export const operationsRoutes = createApi();

const health = createRoute({
  method: "get",
  path: "/health",
  tags: ["Operations"],
  summary: "Is this Worker up, and which version is it?",
  responses: {
    200: jsonContent(
      z
        .object({
          status: z.literal("ok"),
          version: z.string(),
          deadLetters: z.int().min(0).optional().openapi({
            description: "Messages that could not be recorded, half a minute ago; absent when nobody knows",
          }),
        })
        .openapi("Health"),
      "It is up.",
    ),
  },
});

operationsRoutes.openapi(health, async (c) => {
  c.header("cache-control", "no-store");
  const deadLetters = await knownDeadLetters(c.env);
  return c.json({ status: "ok" as const, version, ...(deadLetters !== undefined && { deadLetters }) }, 200);
});
