import { sql } from "drizzle-orm";
import { blacklist } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { Blacklist, ENTRIES_PER_CALL_MAX } from "../shared/blacklist.ts";
import { openRedis } from "../shared/redis/nodes.ts";

/**
 * Clears what has run out, and takes over what a version before keeps in D1: a gate may run that version for
 * minutes after a deploy. Rows go from there only when they are in Redis. Safe to repeat and to run twice at once.
 */
export async function tendBlacklist(env: Env, now: number): Promise<void> {
  const entries = new Blacklist(openRedis(env));
  await entries.purge(now);
  const db = database(env);
  const former = await db.select().from(blacklist).limit(ENTRIES_PER_CALL_MAX);
  if (former.length === 0) return;
  await entries.add(
    former.filter(({ expiresAt }) => expiresAt === null || expiresAt > now),
    now,
  );
  const field = (name: string) => sql.raw(`value ->> '$.${name}'`);
  await db.run(sql`
    DELETE FROM ${blacklist} WHERE (kind, value, created_at) IN
      (SELECT ${field("kind")}, ${field("value")}, ${field("createdAt")} FROM json_each(${JSON.stringify(former)}))`);
}
