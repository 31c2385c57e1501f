import type { AccessRule } from "../../../../workers/shared/access-rule.ts";

export type RuleKind = AccessRule["kind"];

const MS_PER_DAY = 86_400_000;

/** A rule of this kind to start from. `now` in epoch milliseconds. */
export function newRule(kind: RuleKind, now: number): AccessRule {
  const at = (epochMs: number) => new Date(epochMs).toISOString();
  switch (kind) {
    case "all":
    case "any":
      return { kind, rules: [newRule("min_tier", now)] };
    case "not":
      return { kind, rule: newRule("min_tier", now) };
    case "min_tier":
      return { kind, tier: 1 };
    case "registered_before":
      return { kind, at: at(now) };
    case "account_age_days":
      return { kind, days: 30 };
    case "countries":
    case "users":
      return { kind, allow: [] };
    case "percent_of_users":
      return { kind, percent: 10 };
    case "bought_in":
    case "not_bought_in":
      return { kind, spikeIds: [] };
    case "time_window":
      return { kind, from: at(now), to: at(now + MS_PER_DAY) };
  }
}

/** The entries of a list as people type it: separated by commas, spaces or lines. */
export function parseList(text: string): string[] {
  return text.split(/[\s,;]+/).filter((entry) => entry !== "");
}
