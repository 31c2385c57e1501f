import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { readAudit } from "./audit.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

const entrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string().openapi({ description: "The admin's user id" }),
    action: z.string().openapi({ example: "spike.update" }),
    subject: z.string().openapi({ description: "What was changed" }),
    details: z.record(z.string(), z.unknown()).openapi({ description: "Before and after" }),
  })
  .openapi("AuditEntry");

const auditRoute = createRoute({
  method: "get",
  path: "/api/admin/audit",
  tags: ["Admin: audit"],
  security: [{ bearer: [] }],
  summary: "Who changed what, when; the newest first",
  request: { query: cursorQuery },
  responses: {
    200: jsonContent(z.object({ entries: z.array(entrySchema), ...nextCursorSchema }), "A page of the trail"),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

export const auditRoutes = createApi();

auditRoutes.openapi(auditRoute, async (c) => {
  const before = decodeCursor(c.req.valid("query").cursor);
  const rows = await readAudit(c.env, before, ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ at, id }) => ({ at, id }));
  return c.json({ entries: page.map((entry) => ({ ...entry, at: toInstant(entry.at) })), ...next }, 200);
});
