import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import type { AppEnv } from "../edge/context.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import {
  parseSpikeSettings,
  settingsSchema,
  someSettingsSchema,
  type SpikeSettings,
  spikeSettingsSchema,
} from "../shared/settings.ts";
import { findSpike } from "../spike/catalogue.ts";
import { spikeParams } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";
import {
  ALL_SALES,
  changeSettings,
  ofSpike,
  type PastSettings,
  readHistory,
  readSettings,
  revertSettings,
  type SettingsAuthor,
  type SettingsScope,
  type SettingsVersion,
  withChanges,
} from "./settings.ts";

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
    .regex(/^(\*|(W\/)?"\d{1,15}")$/, "must be the ETag of the settings")
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
      }),
    ),
    ...nextCursorSchema,
  });

const changeRefusals = refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "overloaded");
const readRefusals = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");

const readRoute = createRoute({
  ...common,
  method: "get",
  path: PATH,
  summary: "The limits in force, their version as ETag; a number of 0 switches that filter off",
  responses: { 200: jsonContent(answerSchema, "All settings"), ...refusals(...NEEDS_ADMIN) },
});

const changeRoute = createRoute({
  ...common,
  method: "put",
  path: PATH,
  summary: "Change all or some limits; they take effect everywhere within a minute, salesPaused at once",
  request: { headers: ifMatch, body: json(changesSchema) },
  responses: { 200: jsonContent(answerSchema, "All settings as they are now"), ...changeRefusals },
});

const historyRoute = createRoute({
  ...common,
  method: "get",
  path: `${PATH}/history`,
  summary: "Every version of the settings, the newest first",
  request: { query: cursorQuery },
  responses: { 200: jsonContent(historyOf(answerSchema), "A page of versions"), ...readRefusals },
});

const revertRoute = createRoute({
  ...common,
  method: "post",
  path: `${PATH}/revert`,
  summary: "Put an older version into force again, as a new one; 0 is the defaults",
  request: { headers: ifMatch, body: json(revertBody) },
  responses: { 200: jsonContent(answerSchema, "All settings as they are now"), ...changeRefusals },
});

const readSpikeRoute = createRoute({
  ...common,
  method: "get",
  path: SPIKE_PATH,
  summary: "What one sale has instead of the settings of all",
  request: { params: spikeParams },
  responses: { 200: jsonContent(spikeAnswerSchema, "Its settings"), ...readRefusals },
});

const changeSpikeRoute = createRoute({
  ...common,
  method: "put",
  path: SPIKE_PATH,
  summary: "Give one sale settings of its own; null takes one away",
  request: { params: spikeParams, headers: ifMatch, body: json(spikeChangesSchema) },
  responses: { 200: jsonContent(spikeAnswerSchema, "Its settings as they are now"), ...changeRefusals },
});

const spikeHistoryRoute = createRoute({
  ...common,
  method: "get",
  path: `${SPIKE_PATH}/history`,
  summary: "Every version of one sale's own settings, the newest first",
  request: { params: spikeParams, query: cursorQuery },
  responses: { 200: jsonContent(historyOf(spikeSettingsSchema), "A page of versions"), ...readRefusals },
});

const revertSpikeRoute = createRoute({
  ...common,
  method: "post",
  path: `${SPIKE_PATH}/revert`,
  summary: "Put an older version of one sale's own settings into force again; 0 is none of its own",
  request: { params: spikeParams, headers: ifMatch, body: json(revertBody) },
  responses: { 200: jsonContent(spikeAnswerSchema, "Its settings as they are now"), ...changeRefusals },
});

export const settingsRoutes = createApi();

settingsRoutes.openapi(readRoute, async (c) => answer(c, await readSettings(c.env, ALL_SALES)));

settingsRoutes.openapi(changeRoute, async (c) => {
  const changes = c.req.valid("json");
  return answer(
    c,
    await changeSettings(c.env, authorOf(c), ALL_SALES, (before) => withChanges(before, changes)),
  );
});

settingsRoutes.openapi(historyRoute, async (c) =>
  c.json(await historyPage(c, ALL_SALES, c.req.valid("query").cursor), 200),
);

settingsRoutes.openapi(revertRoute, async (c) =>
  answer(c, await revertSettings(c.env, authorOf(c), ALL_SALES, c.req.valid("json").version)),
);

settingsRoutes.openapi(readSpikeRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  return answerOfSpike(c, await readSettings(c.env, ofSpike(id)));
});

settingsRoutes.openapi(changeSpikeRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  const changes = c.req.valid("json");
  const version = await changeSettings(c.env, authorOf(c), ofSpike(id), (before) => {
    const merged = Object.entries({ ...before, ...changes });
    return parseSpikeSettings(
      Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined)),
    );
  });
  return answerOfSpike(c, version);
});

settingsRoutes.openapi(spikeHistoryRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  return c.json(await historyPage(c, ofSpike(id), c.req.valid("query").cursor), 200);
});

settingsRoutes.openapi(revertSpikeRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  const { version } = c.req.valid("json");
  return answerOfSpike(c, await revertSettings(c.env, authorOf(c), ofSpike(id), version));
});

function answer<Values extends object>(c: Context<AppEnv>, { version, values }: SettingsVersion<Values>) {
  c.header("ETag", tagOf(version));
  return c.json(values, 200);
}

async function answerOfSpike<Values extends object>(
  c: Context<AppEnv>,
  { version, values: own }: SettingsVersion<Values>,
) {
  const { values: all } = await readSettings(c.env, ALL_SALES);
  c.header("ETag", tagOf(version));
  return c.json({ own, effective: { ...all, ...own } }, 200);
}

async function historyPage<Values extends object>(
  c: Context<AppEnv>,
  scope: SettingsScope<Values>,
  cursor: string | undefined,
) {
  const before = decodeCursor(cursor)?.at ?? null;
  const rows = await readHistory(c.env, scope, before, ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ version }) => ({
    at: version,
    id: scope.scope,
  }));
  return { versions: page.map(toWireVersion), ...next };
}

function toWireVersion<Values>({ version, values, createdAt, createdBy }: PastSettings<Values>) {
  return { version, settings: values, createdAt: toInstant(createdAt), createdBy };
}

function authorOf(c: Context<AppEnv>): SettingsAuthor {
  const [, version] = /"(\d+)"/.exec(c.req.header("if-match") ?? "") ?? [];
  return {
    actor: requireIdentity(c).userId,
    expectedVersion: version === undefined ? null : Number(version),
  };
}

const tagOf = (version: number): string => `"${version}"`;
