import type { AccessRule } from "../../shared/access-rule.ts";
import { formatMoment, formatNumber } from "../format.ts";
import type { Language } from "../language.ts";

type Sentences = { [Kind in AccessRule["kind"]]: (rule: Extract<AccessRule, { kind: Kind }>) => string };

const UTC = "UTC";

/** What a rule asks for, in words for shoppers. Lists of people stay private; long lists of countries short. */
export function ruleSentence(language: Language, rule: AccessRule): string {
  const say = SENTENCES[language][rule.kind] as (rule: AccessRule) => string;
  return say(rule);
}

/** The sentence of the first rule of this kind, however deep; undefined when there is none. */
export function sentenceOfKind(
  language: Language,
  rules: readonly AccessRule[],
  kind: string,
): string | undefined {
  for (const rule of rules) {
    if (rule.kind === kind) return ruleSentence(language, rule);
    const inner = "rules" in rule ? rule.rules : "rule" in rule ? [rule.rule] : [];
    const found = sentenceOfKind(language, inner, kind);
    if (found !== undefined) return found;
  }
  return undefined;
}

const regions = (language: Language, codes: readonly string[]): string => {
  const names = new Intl.DisplayNames(language, { type: "region" });
  return new Intl.ListFormat(language, { type: "disjunction" }).format(
    codes.map((code) => names.of(code) ?? code),
  );
};

const en: Sentences = {
  all: ({ rules }) => rules.map((rule) => ruleSentence("en", rule)).join("; "),
  any: ({ rules }) => rules.map((rule) => ruleSentence("en", rule)).join(", or "),
  not: ({ rule }) => `Not: ${ruleSentence("en", rule)}`,
  min_tier: ({ tier }) => `Members of star level ${tier} and up`,
  registered_before: ({ at }) => `Accounts made before ${formatMoment("en", Date.parse(at), UTC)}`,
  account_age_days: ({ days }) => `Accounts at least ${formatNumber("en", days)} days old`,
  countries: ({ allow, deny = [] }) =>
    allow ? `From ${regions("en", allow)}` : `From anywhere but ${regions("en", deny)}`,
  users: ({ allow }) => (allow ? "By personal invitation" : "Not for accounts on a private list"),
  percent_of_users: ({ percent }) => `${formatNumber("en", percent)}% of accounts, drawn by lot`,
  bought_in: () => "Those who bought in an earlier sale",
  not_bought_in: () => "Those who have not bought in an earlier sale",
  time_window: ({ from, to }) =>
    `Between ${formatMoment("en", Date.parse(from), UTC)} and ${formatMoment("en", Date.parse(to), UTC)}`,
};

const zh: Sentences = {
  all: ({ rules }) => rules.map((rule) => ruleSentence("zh", rule)).join("；"),
  any: ({ rules }) => rules.map((rule) => ruleSentence("zh", rule)).join("，或"),
  not: ({ rule }) => `不包括：${ruleSentence("zh", rule)}`,
  min_tier: ({ tier }) => `${tier} 星及以上会员`,
  registered_before: ({ at }) => `${formatMoment("zh", Date.parse(at), UTC)} 之前注册的账号`,
  account_age_days: ({ days }) => `注册满 ${formatNumber("zh", days)} 天的账号`,
  countries: ({ allow, deny = [] }) =>
    allow ? `来自${regions("zh", allow)}` : `来自${regions("zh", deny)}以外的地区`,
  users: ({ allow }) => (allow ? "受邀用户" : "名单之外的用户"),
  percent_of_users: ({ percent }) => `抽签选出的 ${formatNumber("zh", percent)}% 用户`,
  bought_in: () => "在指定活动中买过的用户",
  not_bought_in: () => "在指定活动中没有买过的用户",
  time_window: ({ from, to }) =>
    `${formatMoment("zh", Date.parse(from), UTC)} 至 ${formatMoment("zh", Date.parse(to), UTC)} 之间`,
};

const SENTENCES: Record<Language, Sentences> = { en, zh };
