import { createRoute, z } from "@hono/zod-openapi";
import { because } from "../shared/complaints.ts";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import {
  settingsSchema,
  someSettingsSchema,
  type SpikeSettings,
  spikeSettingsSchema,
} from "../shared/settings.ts";
import { spikeParams } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: settings"], security: [{ bearer: [] }] };
const PATH = "/api/admin/settings";
const SPIKE_PATH = "/api/admin/spikes/{id}/settings";

const answerSchema = settingsSchema.openapi("Settings");
const spikeAnswerSchema = z
  .object({
    own: spikeSettingsSchema.openapi({ description: "What this sale has instead" }),
    effective: answerSchema.openapi({ description: "What holds for this sale" }),
  })
  .openapi("SpikeSettings");

const changesSchema = someSettingsSchema.openapi("SettingsChanges");
const spikeChangesSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(spikeSettingsSchema.shape).map(([name, field]) => [name, field.nullable()]),
    ) as { [Name in keyof SpikeSettings]-?: z.ZodNullable<z.ZodOptional<z.ZodNumber>> },
  )
  .openapi("SpikeSettingsChanges", { description: "null takes this sale's own value away" });

/** The settings in force are an HTTP entity whose tag is their version (RFC 9110, section 13.1.1). */
const ifMatch = z.object({
  "if-match": z
    .string()
    .regex(/^(\*|(W\/)?"\d{1,15}")$/, because("not_etag"))
    .optional(),
});
const revertBody = z.strictObject({ version: z.int().min(0) });
const json = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { "application/json": { schema } },
  required: true,
});

const historyOf = <Schema extends z.ZodType>(values: Schema) =>
  z.object({
    versions: z.array(
      z.object({
        version: z.int(),
        settings: values,
        createdAt: z.iso.datetime(),
        createdBy: z.string().openapi({ description: "The admin's user id" }),
        createdByName: z.string().optional().openapi({ description: "Absent when that account is gone" }),
      }),
    ),
    ...nextCursorSchema,
  });

const changeRefusals = refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "overloaded");
const readRefusals = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");

export const readRoute = createRoute({
  ...common,
  method: "get",
  path: PATH,
  summary: "The limits in force, their version as ETag; a number of 0 switches that filter off",
  responses: { 200: jsonContent(answerSchema, "All settings"), ...refusals(...NEEDS_ADMIN) },
});

export const changeRoute = createRoute({
  ...common,
  method: "put",
  path: PATH,
  summary: "Change all or some limits; they take effect everywhere within a minute, salesPaused at once",
  request: { headers: ifMatch, body: json(changesSchema) },
  responses: { 200: jsonContent(answerSchema, "All settings as they are now"), ...changeRefusals },
});

export const historyRoute = createRoute({
  ...common,
  method: "get",
  path: `${PATH}/history`,
  summary: "Every version of the settings, the newest first",
  request: { query: cursorQuery },
  responses: { 200: jsonContent(historyOf(answerSchema), "A page of versions"), ...readRefusals },
});

export const revertRoute = createRoute({
  ...common,
  method: "post",
  path: `${PATH}/revert`,
  summary: "Put an older version into force again, as a new one; 0 is the defaults",
  request: { headers: ifMatch, body: json(revertBody) },
  responses: { 200: jsonContent(answerSchema, "All settings as they are now"), ...changeRefusals },
});

export const readSpikeRoute = createRoute({
  ...common,
  method: "get",
  path: SPIKE_PATH,
  summary: "What one sale has instead of the settings of all",
  request: { params: spikeParams },
  responses: { 200: jsonContent(spikeAnswerSchema, "Its settings"), ...readRefusals },
});

export const changeSpikeRoute = createRoute({
  ...common,
  method: "put",
  path: SPIKE_PATH,
  summary: "Give one sale settings of its own; null takes one away",
  request: { params: spikeParams, headers: ifMatch, body: json(spikeChangesSchema) },
  responses: { 200: jsonContent(spikeAnswerSchema, "Its settings as they are now"), ...changeRefusals },
});

export const spikeHistoryRoute = createRoute({
  ...common,
  method: "get",
  path: `${SPIKE_PATH}/history`,
  summary: "Every version of one sale's own settings, the newest first",
  request: { params: spikeParams, query: cursorQuery },
  responses: { 200: jsonContent(historyOf(spikeSettingsSchema), "A page of versions"), ...readRefusals },
});

export const revertSpikeRoute = createRoute({
  ...common,
  method: "post",
  path: `${SPIKE_PATH}/revert`,
  summary: "Put an older version of one sale's own settings into force again; 0 is none of its own",
  request: { params: spikeParams, headers: ifMatch, body: json(revertBody) },
  responses: { 200: jsonContent(spikeAnswerSchema, "Its settings as they are now"), ...changeRefusals },
});
