import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const entrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string().openapi({ description: "The admin's user id" }),
    actorName: z.string().optional().openapi({ description: "Absent where no account did it, such as cron" }),
    action: z.string().openapi({ example: "spike.update" }),
    subject: z.string().openapi({ description: "What was changed" }),
    details: z.record(z.string(), z.unknown()).openapi({ description: "Before and after" }),
  })
  .openapi("AuditEntry");

export const auditRoute = createRoute({
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
