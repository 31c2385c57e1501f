import { createRoute, z } from "@hono/zod-openapi";
import { previewAccess } from "../access/decide.ts";
import { accessRulesSchema } from "../access/rule-schema.ts";
import { accessDecisionSchema } from "../access/schemas.ts";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { TIER_MAX, USER_ID_MAX_CHARS } from "../shared/limits.ts";
import { instantSchema } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/** Stands for a sale that has no id yet. */
const UNSAVED_SPIKE_ID = "";
const MS_PER_SECOND = 1_000;

const bodySchema = z
  .strictObject({
    accessRules: accessRulesSchema,
    subject: z.strictObject({
      userId: z.string().min(1).max(USER_ID_MAX_CHARS),
      tier: z.int().min(0).max(TIER_MAX),
      registeredAt: instantSchema,
      country: z
        .string()
        .regex(/^[A-Z][A-Z0-9]$/, "must be two capital letters")
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

const previewRoute = createRoute({
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

export const accessPreviewRoutes = createApi();

accessPreviewRoutes.openapi(previewRoute, async (c) => {
  const { accessRules, subject, spikeId = UNSAVED_SPIKE_ID } = c.req.valid("json");
  const { userId, tier, registeredAt, country } = subject;
  const asked = {
    userId,
    tier,
    country,
    role: "shopper",
    registeredAt: Math.floor(Date.parse(registeredAt) / MS_PER_SECOND),
  } as const;
  return c.json(await previewAccess(c.env, { id: spikeId, accessRules }, asked, Date.now()), 200);
});
