import { waitUntil } from "cloudflare:workers";
import { desc, gt, isNull, or } from "drizzle-orm";
import { blacklist } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { log, messageOf } from "../shared/log.ts";
import { andThen, type Soon } from "../shared/soon.ts";

/** How long an isolate works with the list it has, in milliseconds. */
const BLACKLIST_FRESH_MS = 5_000;

/** Entries an isolate loads, the newest first: some 10 MB. */
export const BLACKLIST_LOADED_MAX = 50_000;

/** `user:<id>` and `ip:<network>` to the moment the entry ends, epoch milliseconds. */
type Blacklist = Map<string, number>;

const lists = new FreshCache<Blacklist>({ max: 1, ttlMs: BLACKLIST_FRESH_MS, waitUntil });
const WHOLE_LIST = "";
let lastKnown: Blacklist = new Map();

/**
 * Whether the account or the network is barred at `now` (epoch milliseconds). The whole list is read
 * at once and rarely, because a crowd asks about a different user each time.
 * @param network as `clientNetwork` names it; null is on no list.
 */
export function isBlacklisted(env: Env, userId: string, network: string | null, now: number): Soon<boolean> {
  return andThen(lists.peek(WHOLE_LIST) ?? lists.get(WHOLE_LIST, () => loadBlacklist(env, now)), (list) => {
    if (list.size === 0) return false;
    const until = Math.max(
      list.get(`user:${userId}`) ?? 0,
      network === null ? 0 : (list.get(`ip:${network}`) ?? 0),
    );
    return now < until;
  });
}

/** After a change of the list: this isolate follows at once. */
export function forgetBlacklist(): void {
  lists.delete(WHOLE_LIST);
}

/** A database that is away must not stop a sale: the last known list stays in force. */
async function loadBlacklist(env: Env, now: number): Promise<Blacklist> {
  try {
    const rows = await database(env)
      .select({ kind: blacklist.kind, value: blacklist.value, expiresAt: blacklist.expiresAt })
      .from(blacklist)
      .where(or(isNull(blacklist.expiresAt), gt(blacklist.expiresAt, now)))
      .orderBy(desc(blacklist.createdAt))
      .limit(BLACKLIST_LOADED_MAX);
    lastKnown = new Map(
      rows.map(({ kind, value, expiresAt }) => [`${kind}:${value}`, expiresAt ?? Infinity]),
    );
  } catch (error) {
    log.error("blacklist_unreadable", { message: messageOf(error) });
  }
  return lastKnown;
}
