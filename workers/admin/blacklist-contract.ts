import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { BAR_MAX_SECONDS, REASON_MAX_CHARS } from "../shared/limits.ts";
import { instantSchema } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

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
  forSeconds: z.int().min(1).max(BAR_MAX_SECONDS).optional().openapi({
    description: "Instead of expiresAt, for whose clock may be wrong: from now, by the server's clock",
  }),
});

export const listRoute = createRoute({
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

export const readRoute = createRoute({
  ...common,
  method: "get",
  path: entryPath,
  summary: "Whether an account or address is barred",
  request: { params },
  responses: { 200: jsonContent(entrySchema, "The entry"), ...entryRefusals },
});

export const putRoute = createRoute({
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

export const deleteRoute = createRoute({
  ...common,
  method: "delete",
  path: entryPath,
  summary: "Lift a bar",
  request: { params },
  responses: { 204: { description: "It is lifted" }, ...entryRefusals },
});
