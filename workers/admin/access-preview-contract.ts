import { createRoute, z } from "@hono/zod-openapi";
import { accessRulesSchema } from "../access/rule-schema.ts";
import { accessDecisionSchema } from "../access/schemas.ts";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { because } from "../shared/complaints.ts";
import { TIER_MAX, USER_ID_MAX_CHARS } from "../shared/limits.ts";
import { instantSchema } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const bodySchema = z
  .strictObject({
    accessRules: accessRulesSchema,
    subject: z.strictObject({
      userId: z.string().min(1).max(USER_ID_MAX_CHARS),
      tier: z.int().min(0).max(TIER_MAX),
      registeredAt: instantSchema,
      country: z
        .string()
        .regex(/^[A-Z][A-Z0-9]$/, because("not_country"))
        .nullable()
        .openapi({ description: "ISO 3166-1 alpha-2; null when it is not known", example: "FR" }),
    }),
    spikeId: z
      .string()
      .max(USER_ID_MAX_CHARS)
      .optional()
      .openapi({ description: "Whose draw of users counts; a sale that does not exist yet draws others" }),
  })
  .openapi("AccessPreview");

export const previewRoute = createRoute({
  method: "post",
  path: "/api/admin/access-preview",
  tags: ["Admin: spikes"],
  security: [{ bearer: [] }],
  summary: "Would these rules let this user in now, and if not, why; changes nothing",
  request: { body: { content: { "application/json": { schema: bodySchema } }, required: true } },
  responses: {
    200: jsonContent(accessDecisionSchema, "The decision"),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});
