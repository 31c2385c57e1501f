import { createApi } from "../edge/api.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { readAudit } from "./audit.ts";
import { auditRoute } from "./audit-contract.ts";

export const auditRoutes = createApi();

auditRoutes.openapi(auditRoute, async (c) => {
  const before = decodeCursor(c.req.valid("query").cursor);
  const rows = await readAudit(c.env, before, ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ at, id }) => ({ at, id }));
  const entries = page.map(({ at, actorName, ...entry }) => ({
    ...entry,
    at: toInstant(at),
    ...(actorName !== null && { actorName }),
  }));
  return c.json({ entries, ...next }, 200);
});
