import { waitUntil } from "cloudflare:workers";
import { GatheredCalls } from "../platform/gathered-calls.ts";
import type { AccessRule } from "../shared/access-rule.ts";
import { log, messageOf } from "../shared/log.ts";
import { get, set } from "../shared/redis/commands.ts";
import { openRedis } from "../shared/redis/nodes.ts";
import { withTimeLimit } from "../shared/time-limit.ts";
import { REDIS_PATIENCE_MS } from "./redis-patience.ts";

export type AccessDecision = { allowed: true } | { allowed: false; rule: AccessRule["kind"]; detail: string };

/** A decision, and until when it may be used, epoch milliseconds. */
export interface KeptDecision {
  decision: AccessDecision;
  validUntil: number;
}

const reads = new GatheredCalls<string, string | null>("access_decisions");

export const keyOfDecision = (key: string) => `access:${key}`;

/**
 * A decision that took a look at the orders, shared by all isolates through Redis: as another has made it, or
 * made now and kept there without anybody waiting. Redis only ever saves the look: when it cannot be asked, the
 * orders are.
 * @param validUntil until when a decision made now may be used; one that was made before ends no later.
 */
export async function sharedDecision(
  env: Env,
  key: string,
  { validUntil, now }: { validUntil: number; now: number },
  decide: () => Promise<AccessDecision>,
): Promise<KeptDecision> {
  const known = await read(env, key);
  if (known && now < known.validUntil) {
    return { decision: known.decision, validUntil: Math.min(known.validUntil, validUntil) };
  }
  const made: KeptDecision = { decision: await decide(), validUntil };
  waitUntil(write(env, key, made));
  return made;
}

/** The questions of an isolate that come at the same time go in one call. */
async function read(env: Env, key: string): Promise<KeptDecision | null> {
  try {
    const reading = reads.submit("", keyOfDecision(key), (keys) => openRedis(env).pipeline(keys.map(get)));
    const json = await withTimeLimit(reading, REDIS_PATIENCE_MS, "Reading an access decision");
    return json === null ? null : (JSON.parse(json) as KeptDecision);
  } catch (error) {
    log.warn("access_decision_unread", { message: messageOf(error) });
    return null;
  }
}

async function write(env: Env, key: string, made: KeptDecision): Promise<void> {
  try {
    await openRedis(env).run(set(keyOfDecision(key), JSON.stringify(made), { expiresAt: made.validUntil }));
  } catch (error) {
    log.warn("access_decision_unkept", { message: messageOf(error) });
  }
}
