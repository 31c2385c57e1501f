import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent } from "../edge/route-parts.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

export const healthRoute = createRoute({
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
          warnings: z.array(z.string()).optional().openapi({
            description: "What is configured wrongly though it works, in sentences that say what to do",
          }),
        })
        .openapi("Health"),
      "It is up.",
    ),
  },
});
