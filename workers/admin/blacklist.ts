import { and, desc, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import { z } from "zod";
import { forgetBlacklist } from "../access/blacklist.ts";
import { blacklist } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { networkOf } from "../shared/address.ts";
import type { Position } from "../shared/cursor.ts";
import { Refusal } from "../shared/refusals.ts";
import { forgiveStrikes } from "../spike/forgive-strikes.ts";
import { auditIfChanged } from "./audit.ts";

export type BlacklistKind = "user" | "ip";
export type BlacklistEntry = typeof blacklist.$inferSelect;

/** What an entry is about. `value` is as an admin wrote it. */
export interface BlacklistSubject {
  kind: BlacklistKind;
  value: string;
}

const userIdSchema = z.string().regex(/^[^\p{Cc}\s]{1,128}$/u);
const addressSchema = z.union([z.ipv4(), z.ipv6()]);
/** How an entry for a whole network is written; a single address of it means the same. */
const NETWORK_SUFFIX = "/64";

/**
 * The one way to write this value: addresses are kept as the network that the limits count.
 * @throws Refusal `invalid_request` when it is no user id or address.
 */
function canonical({ kind, value }: BlacklistSubject): string {
  const isNetwork = kind === "ip" && value.includes(":") && value.endsWith(NETWORK_SUFFIX);
  const bare = isNetwork ? value.slice(0, -NETWORK_SUFFIX.length) : value;
  const parsed = (kind === "ip" ? addressSchema : userIdSchema).safeParse(bare);
  if (parsed.success) return kind === "ip" ? networkOf(parsed.data) : parsed.data;
  const message = kind === "ip" ? "must be an IPv4 or IPv6 address" : "must be a user id";
  throw new Refusal("invalid_request", { errors: [{ path: "value", message }] });
}

/** An entry that has run out is no entry. */
const inForce = (now: number) => or(isNull(blacklist.expiresAt), gt(blacklist.expiresAt, now));

const isAbout = (kind: BlacklistKind, value: string) =>
  and(eq(blacklist.kind, kind), eq(blacklist.value, value));

/** @throws Refusal `not_found`, or `invalid_request` for a value that cannot be listed. */
export async function readEntry(env: Env, subject: BlacklistSubject, now: number): Promise<BlacklistEntry> {
  const [entry] = await database(env)
    .select()
    .from(blacklist)
    .where(and(isAbout(subject.kind, canonical(subject)), inForce(now)));
  if (!entry) throw notListed();
  return entry;
}

/** Entries in force, the newest first, at most `limit` of those older than `before`. */
export function readEntries(env: Env, before: Position | null, limit: number, now: number) {
  return database(env)
    .select()
    .from(blacklist)
    .where(
      and(
        inForce(now),
        before
          ? sql`(${blacklist.createdAt}, ${blacklist.kind} || ':' || ${blacklist.value}) < (${before.at}, ${before.id})`
          : undefined,
      ),
    )
    .orderBy(desc(blacklist.createdAt), desc(sql`${blacklist.kind} || ':' || ${blacklist.value}`))
    .limit(limit);
}

/** Where a page ends when this entry is its last. */
export function positionOf({ kind, value, createdAt }: BlacklistEntry): Position {
  return { at: createdAt, id: `${kind}:${value}` };
}

/**
 * Bars an account or address, or replaces the entry that does. Also clears out what has run out.
 * @param expiresAt epoch milliseconds, null for no end.
 */
export async function putEntry(
  env: Env,
  actor: string,
  subject: BlacklistSubject,
  { reason, expiresAt }: { reason: string; expiresAt: number | null },
  now: number,
): Promise<BlacklistEntry> {
  if (expiresAt !== null && expiresAt <= now) {
    throw new Refusal("invalid_request", {
      errors: [{ path: "expiresAt", message: "must be in the future" }],
    });
  }
  const { kind } = subject;
  const value = canonical(subject);
  const entry: BlacklistEntry = { kind, value, reason, expiresAt, createdAt: now, createdBy: actor };
  const db = database(env);
  const details = { reason, expiresAt };
  await db.batch([
    db.delete(blacklist).where(lte(blacklist.expiresAt, now)),
    db
      .insert(blacklist)
      .values(entry)
      .onConflictDoUpdate({ target: [blacklist.kind, blacklist.value], set: entry }),
    auditIfChanged(env, { actor, action: "blacklist.put", subject: `${kind}:${value}`, details }, now),
  ]);
  forgetBlacklist();
  return entry;
}

/** @throws Refusal `not_found`, or `invalid_request` for a value that cannot be listed. */
export async function deleteEntry(
  env: Env,
  actor: string,
  subject: BlacklistSubject,
  now: number,
): Promise<void> {
  const { kind, value, reason, expiresAt } = await readEntry(env, subject, now);
  const db = database(env);
  const details = { before: { reason, expiresAt } };
  await db.batch([
    db.delete(blacklist).where(isAbout(kind, value)),
    auditIfChanged(env, { actor, action: "blacklist.delete", subject: `${kind}:${value}`, details }, now),
  ]);
  forgetBlacklist();
  await forgiveStrikes(env, { kind, value }, now);
}

function notListed(): Refusal {
  return new Refusal("not_found", { detail: "There is no such entry on the blacklist." });
}
