import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { audit } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";

/** What is on record about a subject, in the order in which it was written. */
export async function trailOf(subject: string) {
  // Several entries may carry the same millisecond.
  const rows = await database(env)
    .select()
    .from(audit)
    .where(eq(audit.subject, subject))
    .orderBy(sql`rowid`);
  return rows.map(({ action, actor, details }) => ({ action, actor, details }));
}
