import { z } from "@hono/zod-openapi";

export const accessDecisionSchema = z
  .object({
    allowed: z.boolean(),
    rule: z.string().optional().openapi({ description: "The kind of the rule that says no" }),
    detail: z.string().optional().openapi({ description: "Why not, in a sentence for people" }),
  })
  .openapi("AccessDecision");
