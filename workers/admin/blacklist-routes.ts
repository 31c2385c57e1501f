import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import type { BlacklistEntry } from "../shared/blacklist.ts";
import { fieldError } from "../shared/complaints.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { Refusal } from "../shared/refusals.ts";
import { deleteEntry, positionOf, putEntry, readEntries, readEntry } from "./blacklist.ts";
import { listRoute, readRoute, putRoute, deleteRoute } from "./blacklist-contract.ts";

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
  const { reason, ...end } = c.req.valid("json");
  const now = Date.now();
  const term = { reason, expiresAt: endOf(end, now) };
  const entry = await putEntry(c.env, userId, c.req.valid("param"), term, now);
  return c.json(toWireEntry(entry), 200);
});

blacklistRoutes.openapi(deleteRoute, async (c) => {
  await deleteEntry(c.env, requireIdentity(c).userId, c.req.valid("param"), Date.now());
  return c.body(null, 204);
});

/** Epoch milliseconds; null for no end. */
function endOf(
  { expiresAt, forSeconds }: { expiresAt?: string | undefined; forSeconds?: number | undefined },
  now: number,
): number | null {
  if (forSeconds === undefined) return expiresAt === undefined ? null : Date.parse(expiresAt);
  if (expiresAt !== undefined) {
    throw new Refusal("invalid_request", { errors: [fieldError("forSeconds", "not_one_end")] });
  }
  return now + forSeconds * 1_000;
}

function toWireEntry({ expiresAt, createdAt, ...entry }: BlacklistEntry) {
  return {
    ...entry,
    ...(expiresAt !== null && { expiresAt: toInstant(expiresAt) }),
    createdAt: toInstant(createdAt),
  };
}
