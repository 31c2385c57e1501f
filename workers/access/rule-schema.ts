import { z } from "@hono/zod-openapi";
import type { AccessRule } from "../shared/access-rule.ts";
import { because, type Complaint } from "../shared/complaints.ts";
import {
  ACCESS_RULE_AGE_MAX_DAYS,
  ACCESS_RULE_COUNTRIES_MAX,
  ACCESS_RULE_DEPTH_MAX,
  ACCESS_RULE_SPIKES_MAX,
  TIER_MAX,
  ACCESS_RULE_USERS_MAX,
  ACCESS_RULES_MAX,
} from "../shared/limits.ts";

const instant = z.iso.datetime({ offset: true });
const id = z.string().regex(/^[\w-]{1,64}$/, because("not_id"));
const spikeIds = z.array(id).min(1).max(ACCESS_RULE_SPIKES_MAX);
const userIds = z.array(id).min(1).max(ACCESS_RULE_USERS_MAX);
/** ISO 3166-1 alpha-2, and `T1`, which the platform reports for Tor. */
const countryCodes = z
  .array(z.string().regex(/^[A-Z][A-Z0-9]$/, because("not_country")))
  .min(1)
  .max(ACCESS_RULE_COUNTRIES_MAX);

const oneList = (rule: { allow?: unknown; deny?: unknown }) =>
  (rule.allow === undefined) !== (rule.deny === undefined);
const ONE_LIST = because("not_one_list");

/** One access rule of any kind. Combining rules hold more of them, so bound the depth before parsing. */
export const accessRuleSchema: z.ZodType<AccessRule> = z
  .lazy(() =>
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("all"), rules: nestedRules }),
      z.strictObject({ kind: z.literal("any"), rules: nestedRules }),
      z.strictObject({ kind: z.literal("not"), rule: accessRuleSchema }),
      z.strictObject({ kind: z.literal("min_tier"), tier: z.int().min(0).max(TIER_MAX) }),
      z.strictObject({ kind: z.literal("registered_before"), at: instant }),
      z.strictObject({
        kind: z.literal("account_age_days"),
        days: z.number().min(0).max(ACCESS_RULE_AGE_MAX_DAYS),
      }),
      z
        .strictObject({
          kind: z.literal("countries"),
          allow: countryCodes.optional(),
          deny: countryCodes.optional(),
        })
        .refine(oneList, ONE_LIST),
      z
        .strictObject({ kind: z.literal("users"), allow: userIds.optional(), deny: userIds.optional() })
        .refine(oneList, ONE_LIST),
      z.strictObject({ kind: z.literal("percent_of_users"), percent: z.number().min(0).max(100) }),
      z.strictObject({ kind: z.literal("bought_in"), spikeIds }),
      z.strictObject({ kind: z.literal("not_bought_in"), spikeIds }),
      z
        .strictObject({ kind: z.literal("time_window"), from: instant, to: instant })
        .refine((rule) => Date.parse(rule.from) < Date.parse(rule.to), because("window_reversed")),
    ]),
  )
  .openapi("AccessRule");

const nestedRules = z.array(accessRuleSchema).min(1).max(ACCESS_RULES_MAX);

/**
 * A spike's rules as an admin sends them. The size is checked before anything recurses, so that no
 * nesting, however deep, can exhaust the stack.
 */
export const accessRulesSchema = z.preprocess((value, context) => {
  const problem = sizeProblem(value);
  if (problem) {
    context.addIssue({ code: "custom", message: problem.code, params: { limit: problem.limit } });
  }
  return problem ? z.NEVER : value;
}, z.array(accessRuleSchema));

/** Walks level by level instead of recursing; null when the rules are small enough. */
function sizeProblem(value: unknown): Complaint | null {
  let level: unknown[] = Array.isArray(value) ? value : [];
  let rules = 0;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > ACCESS_RULE_DEPTH_MAX) return { code: "rules_too_deep", limit: ACCESS_RULE_DEPTH_MAX };
    rules += level.length;
    if (rules > ACCESS_RULES_MAX) return { code: "too_many_rules", limit: ACCESS_RULES_MAX };
    level = level.flatMap(innerRules);
  }
  return null;
}

function innerRules(rule: unknown): unknown[] {
  if (typeof rule !== "object" || rule === null) return [];
  if ("rules" in rule && Array.isArray(rule.rules)) return rule.rules;
  return "rule" in rule ? [rule.rule] : [];
}
