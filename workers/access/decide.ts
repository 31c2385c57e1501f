import { withOrderStore } from "../order/store/open-order-store.ts";
import type { AccessRule } from "../shared/access-rule.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import type { Settings } from "../shared/settings.ts";
import { andThen, type Soon } from "../shared/soon.ts";
import type { SpikeConfig } from "../shared/spike.ts";
import { type AccessSubject, all, compileRule, type Condition } from "./conditions.ts";
import { type AccessDecision, type KeptDecision, sharedDecision } from "./shared-decisions.ts";

/** What a decision needs to know of a spike. */
export type RuledSpike = Pick<SpikeConfig, "id" | "version" | "accessRules">;

const ALLOWED: AccessDecision = { allowed: true };
const MS_PER_SECOND = 1_000;

/** Rules of one spike take some KB when compiled; one decision some hundred bytes. */
const COMPILED_MAX_ENTRIES = 500;
const DECISIONS_MAX_ENTRIES = 20_000;

const compiled = new BoundedMap<string, Condition>(COMPILED_MAX_ENTRIES);
const decisions = new BoundedMap<string, KeptDecision>(DECISIONS_MAX_ENTRIES);

/**
 * Whether `subject` may take part in `spike` at `now` (epoch milliseconds), and if not, why. Rules
 * that the request itself answers are asked first; purchases are looked up only when the answer still
 * hangs on them, and only by one isolate. A decision is reused for `accessDecisionSeconds`, but never past
 * the moment at which a rule that looks at the clock could say something else.
 */
export function decideAccess(
  env: Env,
  spike: RuledSpike,
  subject: AccessSubject,
  settings: Pick<Settings, "accessDecisionSeconds">,
  now: number,
): Soon<AccessDecision> {
  if (spike.accessRules.length === 0) return ALLOWED;
  const lifetimeMs = settings.accessDecisionSeconds * MS_PER_SECOND;
  const key = decisionKey(spike, subject);
  const known = lifetimeMs > 0 ? decisions.get(key) : undefined;
  if (known && now < known.validUntil) return known.decision;

  const condition = compileSpike(spike);
  const byPurchases = () => decideByPurchases(env, condition, subject, now);
  const atOnce = decideAtOnce(condition, subject, now);
  if (lifetimeMs === 0) return atOnce ?? byPurchases();
  const turns = condition.turnsAt(subject).filter((moment) => moment > now);
  const validUntil = Math.min(now + lifetimeMs, ...turns);
  const made = atOnce
    ? { decision: atOnce, validUntil }
    : sharedDecision(env, key, { validUntil, now }, byPurchases);
  return andThen<KeptDecision, AccessDecision>(made, (kept) => {
    decisions.set(key, kept);
    return kept.decision;
  });
}

/**
 * What `accessRules`, which no sale needs to have yet, would decide about `subject` at `now` (epoch
 * milliseconds): decided anew, and kept nowhere. The spike's `id` decides whom a draw of users picks.
 */
export function previewAccess(
  env: Env,
  { id, accessRules }: Pick<RuledSpike, "id" | "accessRules">,
  subject: AccessSubject,
  now: number,
): Soon<AccessDecision> {
  const condition = compileRules(accessRules, id);
  return decideAtOnce(condition, subject, now) ?? decideByPurchases(env, condition, subject, now);
}

/** The decision, unless it hangs on purchases. */
function decideAtOnce(condition: Condition, subject: AccessSubject, now: number): AccessDecision | null {
  const atOnce = { subject, now, bought: null };
  const answer = condition.holds(atOnce);
  if (answer === true) return ALLOWED;
  return answer === false ? { allowed: false, ...condition.refusal(atOnce) } : null;
}

async function decideByPurchases(
  env: Env,
  condition: Condition,
  subject: AccessSubject,
  now: number,
): Promise<AccessDecision> {
  const bought = new Set(
    await withOrderStore(env, (store) => store.paidIn(subject.userId, condition.spikeIds)),
  );
  const informed = { subject, now, bought };
  return condition.holds(informed) ? ALLOWED : { allowed: false, ...condition.refusal(informed) };
}

/** All that a decision depends on, except time and purchases. */
function decisionKey(spike: RuledSpike, { userId, tier, registeredAt, country }: AccessSubject): string {
  return `${spike.id} ${spike.version} ${tier} ${registeredAt} ${country} ${userId}`;
}

function compileSpike({ id, version, accessRules }: RuledSpike): Condition {
  const key = `${id} ${version}`;
  const known = compiled.get(key);
  if (known) return known;
  const condition = compileRules(accessRules, id);
  compiled.set(key, condition);
  return condition;
}

function compileRules(accessRules: readonly AccessRule[], spikeId: string): Condition {
  return all(accessRules.map((rule) => compileRule(rule, spikeId)));
}
