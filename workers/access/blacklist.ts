import { waitUntil } from "cloudflare:workers";
import { Blacklist } from "../shared/blacklist.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { log, messageOf } from "../shared/log.ts";
import { openRedis } from "../shared/redis/nodes.ts";
import { andThen, type Soon } from "../shared/soon.ts";
import { withTimeLimit } from "../shared/time-limit.ts";
import { REDIS_PATIENCE_MS } from "./redis-patience.ts";

/** How long an isolate works with the list it has, in milliseconds. */
export const BLACKLIST_FRESH_MS = 5_000;

/** Entries an isolate loads, those in force longest: some 10 MB. */
export const BLACKLIST_LOADED_MAX = 50_000;

/** `user:<id>` and `ip:<network>` to the moment the entry ends, epoch milliseconds. */
type Bars = Map<string, number>;

const lists = new FreshCache<Bars>({ max: 1, ttlMs: BLACKLIST_FRESH_MS, waitUntil });
const WHOLE_LIST = "";
let lastKnown: { bars: Bars; version: string | null } = { bars: new Map(), version: null };

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

/** A Redis that is away, or does not answer, must not stop a sale: the last known list stays in force. */
async function loadBlacklist(env: Env, now: number): Promise<Bars> {
  try {
    await withTimeLimit(readChanges(env, now), REDIS_PATIENCE_MS, "Reading the blacklist");
  } catch (error) {
    log.error("blacklist_unreadable", { message: messageOf(error) });
  }
  return lastKnown.bars;
}

async function readChanges(env: Env, now: number): Promise<void> {
  const blacklist = new Blacklist(openRedis(env));
  // Before the list: what is added in between is read twice, and not overlooked.
  const version = await blacklist.version();
  if (version === lastKnown.version) return;
  lastKnown = { bars: await blacklist.inForce(BLACKLIST_LOADED_MAX, now), version };
}
