import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { ADMIN_PAGE_SIZE, REASON_MAX_CHARS } from "../shared/limits.ts";
import { instantSchema } from "../spike/schemas.ts";
import {
  type BlacklistEntry,
  deleteEntry,
  positionOf,
  putEntry,
  readEntries,
  readEntry,
} from "./blacklist.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

const common = { tags: ["Admin: blacklist"], security: [{ bearer: [] }] };

const params = z.object({
  kind: z.enum(["user", "ip"]),
  value: z.string().openapi({
    description: "A user id, or an address; an IPv6 address stands for its /64 network",
    example: "203.0.113.7",
  }),
});

const entrySchema = z
  .object({
    kind: z.enum(["user", "ip"]),
    value: z.string(),
    reason: z.string(),
    expiresAt: instantSchema.optional().openapi({ description: "Absent when there is no end" }),
    createdAt: instantSchema,
    createdBy: z.string().openapi({ description: "The user id of the admin" }),
  })
  .openapi("BlacklistEntry");

const bodySchema = z.strictObject({
  reason: z.string().trim().min(1).max(REASON_MAX_CHARS),
  expiresAt: instantSchema.optional(),
});

const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/blacklist",
  summary: "Who is barred, the newest entries first",
  request: { query: cursorQuery },
  responses: {
    200: jsonContent(z.object({ entries: z.array(entrySchema), ...nextCursorSchema }), "A page of entries"),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

const entryPath = "/api/admin/blacklist/{kind}/{value}";
const entryRefusals = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");

const readRoute = createRoute({
  ...common,
  method: "get",
  path: entryPath,
  summary: "Whether an account or address is barred",
  request: { params },
  responses: { 200: jsonContent(entrySchema, "The entry"), ...entryRefusals },
});

const putRoute = createRoute({
  ...common,
  method: "put",
  path: entryPath,
  summary: "Bar an account or address, for a while or for good",
  request: {
    params,
    body: { content: { "application/json": { schema: bodySchema } }, required: true },
  },
  responses: {
    200: jsonContent(entrySchema, "The entry"),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

const deleteRoute = createRoute({
  ...common,
  method: "delete",
  path: entryPath,
  summary: "Lift a bar",
  request: { params },
  responses: { 204: { description: "It is lifted" }, ...entryRefusals },
});

export const blacklistRoutes = createApi();

blacklistRoutes.openapi(listRoute, async (c) => {
  const before = decodeCursor(c.req.valid("query").cursor);
  const rows = await readEntries(c.env, before, ADMIN_PAGE_SIZE + 1, Date.now());
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, positionOf);
  return c.json({ entries: page.map(toWireEntry), ...next }, 200);
});

blacklistRoutes.openapi(readRoute, async (c) =>
  c.json(toWireEntry(await readEntry(c.env, c.req.valid("param"), Date.now())), 200),
);

blacklistRoutes.openapi(putRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { reason, expiresAt } = c.req.valid("json");
  const term = { reason, expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt) };
  const entry = await putEntry(c.env, userId, c.req.valid("param"), term, Date.now());
  return c.json(toWireEntry(entry), 200);
});

blacklistRoutes.openapi(deleteRoute, async (c) => {
  await deleteEntry(c.env, requireIdentity(c).userId, c.req.valid("param"), Date.now());
  return c.body(null, 204);
});

function toWireEntry({ expiresAt, createdAt, ...entry }: BlacklistEntry) {
  return {
    ...entry,
    ...(expiresAt !== null && { expiresAt: toInstant(expiresAt) }),
    createdAt: toInstant(createdAt),
  };
}
