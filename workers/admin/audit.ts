import { desc, eq, getTableColumns, sql, type SQL } from "drizzle-orm";
import { audit, users } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import type { Position } from "../shared/cursor.ts";
import { randomId } from "../shared/ids.ts";
import { log, messageOf } from "../shared/log.ts";

const AUDIT_ID_CHARS = 16;

/** One change by an operator. `details` says what was before and after, never a secret. */
export interface AuditEntry {
  /** The admin's user id. */
  actor: string;
  /** `<subject kind>.<verb>`, for example `spike.update`. */
  action: string;
  subject: string;
  details: Record<string, unknown>;
}

/**
 * The statement that records `entry` if the statement before it in the same batch changed a row. A
 * batch is one transaction, so a change in the database and its record stand or fall together.
 */
export function auditIfChanged(env: Env, entry: AuditEntry, now: number) {
  return insertAudit(env, entry, now, sql`WHERE changes() > 0`);
}

/**
 * Records a change that happened outside the database. It stands whether or not this succeeds: the
 * switch that stops a sale must not depend on the database. The log is the second copy of the trail.
 */
export async function auditAfterwards(env: Env, entry: AuditEntry, now: number): Promise<void> {
  try {
    await insertAudit(env, entry, now, sql``);
  } catch (error) {
    const { actor, action, subject } = entry;
    const details = JSON.stringify(entry.details);
    log.error("audit_unrecorded", { actor, action, subject, details, message: messageOf(error) });
  }
}

function insertAudit(env: Env, entry: AuditEntry, now: number, condition: SQL) {
  const { actor, action, subject, details } = entry;
  // In the order of the table's columns.
  const values = [randomId(AUDIT_ID_CHARS), now, actor, action, subject, JSON.stringify(details)];
  const list = sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );
  return database(env)
    .insert(audit)
    .select(sql`SELECT ${list} ${condition}`);
}

/** Newest first, at most `limit` entries older than `before`, each with the name of who did it. */
export function readAudit(env: Env, before: Position | null, limit: number) {
  return database(env)
    .select({ ...getTableColumns(audit), actorName: users.username })
    .from(audit)
    .leftJoin(users, eq(users.id, audit.actor))
    .where(before ? sql`(${audit.at}, ${audit.id}) < (${before.at}, ${before.id})` : undefined)
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(limit);
}
