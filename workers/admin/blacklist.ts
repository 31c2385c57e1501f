import { z } from "zod";
import { forgetBlacklist } from "../access/blacklist.ts";
import { fieldError } from "../shared/complaints.ts";
import { networkOf } from "../shared/address.ts";
import { Blacklist, type BlacklistEntry } from "../shared/blacklist.ts";
import type { Position } from "../shared/cursor.ts";
import { openRedis } from "../shared/redis/nodes.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import { type Subject, subjectKey } from "../shared/strikes.ts";
import { forgiveStrikes } from "../spike/forgive-strikes.ts";
import { auditAfterwards } from "./audit.ts";

const userIdSchema = z.string().regex(/^[^\p{Cc}\s]{1,128}$/u);
/** What nobody sees when he copies it along. No account of ours has any in its id, so the entry would bar nobody. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const addressSchema = z.union([z.ipv4(), z.ipv6()]);
/** How an entry for a whole network is written; a single address of it means the same. */
const NETWORK_SUFFIX = "/64";

/**
 * The one way to write this value: addresses are kept as the network that the limits count.
 * @throws Refusal `invalid_request` when it is no user id or address.
 */
function canonical({ kind, value }: Subject): Subject {
  const isNetwork = kind === "ip" && value.includes(":") && value.endsWith(NETWORK_SUFFIX);
  const bare = isNetwork ? value.slice(0, -NETWORK_SUFFIX.length) : value;
  const parsed = (kind === "ip" ? addressSchema : userIdSchema).safeParse(bare);
  if (parsed.success) return { kind, value: kind === "ip" ? networkOf(parsed.data) : parsed.data };
  const code = kind === "ip" ? "not_address" : "not_user_id";
  throw new Refusal("invalid_request", { errors: [fieldError("value", code)] });
}

/**
 * Only for new entries: one that an earlier version took can still be read and lifted.
 * @throws Refusal `invalid_request` for a value with invisible characters.
 */
function assertVisible({ value }: Subject): void {
  if (!INVISIBLE.test(value)) return;
  throw new Refusal("invalid_request", { errors: [fieldError("value", "invisible_characters")] });
}

const blacklistOf = (env: Env) => new Blacklist(openRedis(env));

/** @throws Refusal `not_found`, or `invalid_request` for a value that cannot be listed. */
export async function readEntry(env: Env, subject: Subject, now: number): Promise<BlacklistEntry> {
  const entry = await blacklistOf(env).find(canonical(subject), now);
  if (!entry) throw noSuchEntry();
  return entry;
}

function noSuchEntry(): Refusal {
  return new Refusal("not_found", explain("no_such_entry"));
}

/** Entries in force, the newest first, at most `limit` of those older than `before`. */
export function readEntries(
  env: Env,
  before: Position | null,
  limit: number,
  now: number,
): Promise<BlacklistEntry[]> {
  return blacklistOf(env).page(before, limit, now);
}

/** Where a page ends when this entry is its last. */
export function positionOf(entry: BlacklistEntry): Position {
  return { at: entry.createdAt, id: subjectKey(entry) };
}

/**
 * Bars an account or address, or replaces the entry that does. Also clears out what has run out.
 * @param expiresAt epoch milliseconds, null for no end.
 */
export async function putEntry(
  env: Env,
  actor: string,
  subject: Subject,
  { reason, expiresAt }: { reason: string; expiresAt: number | null },
  now: number,
): Promise<BlacklistEntry> {
  if (expiresAt !== null && expiresAt <= now) {
    throw new Refusal("invalid_request", { errors: [fieldError("expiresAt", "not_in_future")] });
  }
  assertVisible(subject);
  const entry: BlacklistEntry = {
    ...canonical(subject),
    reason,
    expiresAt,
    createdAt: now,
    createdBy: actor,
  };
  const blacklist = blacklistOf(env);
  await blacklist.purge(now);
  await blacklist.put(entry);
  forgetBlacklist();
  const details = { reason, expiresAt };
  await auditAfterwards(env, { actor, action: "blacklist.put", subject: subjectKey(entry), details }, now);
  return entry;
}

/**
 * Lifts a bar, also one that its gate enforces and has not written down yet.
 * @throws Refusal `not_found`, or `invalid_request` for a value that cannot be listed.
 */
export async function deleteEntry(env: Env, actor: string, subject: Subject, now: number): Promise<void> {
  const { kind, value } = canonical(subject);
  const blacklist = blacklistOf(env);
  const entry = await blacklist.find({ kind, value }, now);
  // First: a gate with a bar that it has not written yet would write it after the entry is gone.
  const wasBarred = await forgiveStrikes(env, { kind, value }, now, entry === null);
  if (entry === null && !wasBarred) throw noSuchEntry();
  await blacklist.remove({ kind, value });
  forgetBlacklist();
  const details = { before: entry && { reason: entry.reason, expiresAt: entry.expiresAt } };
  const trail = { actor, action: "blacklist.delete", subject: subjectKey({ kind, value }), details };
  await auditAfterwards(env, trail, now);
}
