import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { type Settings, settingsSchema } from "../shared/settings.ts";
import { NEEDS_ADMIN } from "./schemas.ts";
import { changeSettings, readSettings } from "./settings.ts";

const common = { tags: ["Admin: settings"], security: [{ bearer: [] }], path: "/api/admin/settings" };

const answerSchema = settingsSchema.openapi("Settings");

/** Any subset. The defaults must go: a setting that is not named keeps its value. */
const changesSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(settingsSchema.shape).map(([name, field]) => [name, field.unwrap().optional()]),
    ) as { [Name in keyof Settings]: z.ZodOptional<z.ZodNumber> },
  )
  .openapi("SettingsChanges");

const readRoute = createRoute({
  ...common,
  method: "get",
  summary: "The limits in force; a number of 0 switches that filter off",
  responses: { 200: jsonContent(answerSchema, "All settings"), ...refusals(...NEEDS_ADMIN) },
});

const changeRoute = createRoute({
  ...common,
  method: "put",
  summary: "Change all or some limits; they take effect everywhere within a minute",
  request: { body: { content: { "application/json": { schema: changesSchema } }, required: true } },
  responses: {
    200: jsonContent(answerSchema, "All settings as they are now"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "overloaded"),
  },
});

export const settingsRoutes = createApi();

settingsRoutes.openapi(readRoute, async (c) => c.json((await readSettings(c.env)).settings, 200));

settingsRoutes.openapi(changeRoute, async (c) => {
  const { userId } = requireIdentity(c);
  return c.json(await changeSettings(c.env, userId, c.req.valid("json")), 200);
});
