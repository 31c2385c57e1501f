import type { AccessRule } from "../shared/access-rule.ts";
import { hash32 } from "../shared/hash-ring.ts";
import type { Identity } from "../shared/identity.ts";
import { toInstant } from "../shared/instant.ts";

const MS_PER_SECOND = 1_000;
const MS_PER_DAY = 86_400_000;
const HASH_VALUES = 2 ** 32;
/** Entries of a list that a sentence spells out. */
const LISTED_MAX = 8;

/** Who wants to take part. `country` is ISO 3166-1 alpha-2, null when the platform does not know it. */
export interface AccessSubject extends Identity {
  country: string | null;
}

/** What a rule is asked. `bought` holds the spikes in which the subject has a paid order; null: not looked up. */
export interface Question {
  subject: AccessSubject;
  /** Epoch milliseconds. */
  now: number;
  bought: ReadonlySet<string> | null;
}

/** A rule with everything prepared that does not depend on who asks. */
export interface Condition {
  kind: AccessRule["kind"];
  /** What a participant has, in words that fit after "This sale needs". */
  claim: string;
  /** Undefined when the answer depends on purchases that have not been looked up. */
  holds(question: Question): boolean | undefined;
  /** Which rule says no, and why in a sentence. Only asked when `holds` is false. */
  refusal(question: Question): { rule: AccessRule["kind"]; detail: string };
  /** Moments (epoch milliseconds) at which the answer for this subject may become another. */
  turnsAt(subject: AccessSubject): number[];
  /** The spikes whose purchases the answer may depend on. */
  spikeIds: readonly string[];
}

/** Prepares a rule. `spikeId` makes a draw of users different from sale to sale. */
export function compileRule(rule: AccessRule, spikeId: string): Condition {
  switch (rule.kind) {
    case "all":
      return all(rule.rules.map((inner) => compileRule(inner, spikeId)));
    case "any":
      return any(rule.rules.map((inner) => compileRule(inner, spikeId)));
    case "not":
      return not(compileRule(rule.rule, spikeId));
    case "min_tier":
      return minTier(rule.tier);
    case "registered_before":
      return registeredBefore(rule.at);
    case "account_age_days":
      return accountAge(rule.days);
    case "countries":
      return countries(rule);
    case "users":
      return users(rule);
    case "percent_of_users":
      return percentOfUsers(rule.percent, spikeId);
    case "bought_in":
    case "not_bought_in":
      return purchases(rule.kind, rule.spikeIds);
    case "time_window":
      return timeWindow(rule.from, rule.to);
  }
}

/** All of `inner`, which may be none. Says why with the first that does not hold. */
export function all(inner: readonly Condition[]): Condition {
  return {
    ...combined(inner),
    kind: "all",
    claim: inner.map(({ claim }) => claim).join(" and "),
    holds: (question) => conjunction(inner.map((condition) => condition.holds(question))),
    refusal(question) {
      const failing = inner.find((condition) => condition.holds(question) === false);
      return failing ? failing.refusal(question) : { rule: "all", detail: needs(this.claim) };
    },
  };
}

function any(inner: readonly Condition[]): Condition {
  const claim = inner.map((condition) => condition.claim).join(", or ");
  return {
    ...combined(inner),
    kind: "any",
    claim,
    // Some condition holds unless all fail.
    holds: (question) => negated(conjunction(inner.map((condition) => negated(condition.holds(question))))),
    refusal: () => ({ rule: "any", detail: needs(claim) }),
  };
}

function not(inner: Condition): Condition {
  return {
    ...combined([inner]),
    kind: "not",
    claim: `no such thing as ${inner.claim}`,
    holds: (question) => negated(inner.holds(question)),
    refusal: () => ({ rule: "not", detail: `This sale is closed to whoever has ${inner.claim}.` }),
  };
}

function combined(inner: readonly Condition[]): Pick<Condition, "turnsAt" | "spikeIds"> {
  return {
    turnsAt: (subject) => inner.flatMap((condition) => condition.turnsAt(subject)),
    spikeIds: inner.flatMap((condition) => condition.spikeIds),
  };
}

/** False as soon as one is false, however many are unknown. */
function conjunction(answers: (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function negated(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}

/** A condition that combines no others. `yours` tells the subject where it stands. */
function leaf(
  kind: AccessRule["kind"],
  claim: string,
  holds: Condition["holds"],
  more: { yours?: (question: Question) => string; turnsAt?: Condition["turnsAt"]; spikeIds?: string[] } = {},
): Condition {
  const { yours, turnsAt = () => [], spikeIds = [] } = more;
  const refusal = (question: Question) => ({ rule: kind, detail: needs(claim, yours?.(question)) });
  return { kind, claim, holds, refusal, turnsAt, spikeIds };
}

function needs(claim: string, yours?: string): string {
  return yours === undefined ? `This sale needs ${claim}.` : `This sale needs ${claim}; ${yours}.`;
}

function minTier(tier: number): Condition {
  return leaf("min_tier", `star level ${tier} or higher`, ({ subject }) => subject.tier >= tier, {
    yours: ({ subject }) => `yours is ${subject.tier}`,
  });
}

function registeredBefore(at: string): Condition {
  const moment = Date.parse(at);
  const claim = `an account made before ${toInstant(moment)}`;
  return leaf("registered_before", claim, ({ subject }) => registeredMs(subject) < moment, {
    yours: ({ subject }) => `yours was made at ${toInstant(registeredMs(subject))}`,
  });
}

function accountAge(days: number): Condition {
  const oldEnoughAt = (subject: AccessSubject) => registeredMs(subject) + days * MS_PER_DAY;
  const claim = `an account that is at least ${days} days old`;
  return leaf("account_age_days", claim, ({ subject, now }) => now >= oldEnoughAt(subject), {
    yours: ({ subject }) => `yours will be at ${toInstant(oldEnoughAt(subject))}`,
    turnsAt: (subject) => [oldEnoughAt(subject)],
  });
}

/** Where the country is unknown, a list of allowed ones does not name it, and a list of denied ones neither. */
function countries({
  allow,
  deny = [],
}: {
  allow?: string[] | undefined;
  deny?: string[] | undefined;
}): Condition {
  const listed = new Set(allow ?? deny);
  const claim = allow ? `a connection from ${spell(allow)}` : `a connection from outside ${spell(deny)}`;
  const isListed = ({ subject }: Question) => subject.country !== null && listed.has(subject.country);
  return leaf("countries", claim, (question) => isListed(question) === (allow !== undefined), {
    yours: ({ subject }) =>
      subject.country === null ? "yours cannot be placed" : `yours comes from ${subject.country}`,
  });
}

/** The list itself stays private. */
function users({
  allow,
  deny = [],
}: {
  allow?: string[] | undefined;
  deny?: string[] | undefined;
}): Condition {
  const listed = new Set(allow ?? deny);
  const claim = allow ? "a personal invitation" : "an account that is not excluded from it";
  return leaf("users", claim, ({ subject }) => listed.has(subject.userId) === (allow !== undefined));
}

function percentOfUsers(percent: number, spikeId: string): Condition {
  const claim = `a place among the ${percent} % of accounts drawn for it`;
  const isDrawn = ({ subject }: Question) =>
    (hash32(`${spikeId}:${subject.userId}`) / HASH_VALUES) * 100 < percent;
  return leaf("percent_of_users", claim, isDrawn);
}

/** `bought_in` asks for a paid order in at least one of the spikes, `not_bought_in` for none in any. */
function purchases(kind: "bought_in" | "not_bought_in", spikeIds: string[]): Condition {
  const claim = `${kind === "bought_in" ? "a" : "no"} paid order in ${spell(spikeIds)}`;
  const holds = ({ bought }: Question) =>
    bought === null ? undefined : spikeIds.some((id) => bought.has(id)) === (kind === "bought_in");
  return leaf(kind, claim, holds, { spikeIds });
}

/** From `from` on, until just before `to`. */
function timeWindow(from: string, to: string): Condition {
  const [opens, closes] = [Date.parse(from), Date.parse(to)];
  const claim = `a time between ${toInstant(opens)} and ${toInstant(closes)}`;
  return leaf("time_window", claim, ({ now }) => now >= opens && now < closes, {
    yours: ({ now }) => `it is ${toInstant(now)}`,
    turnsAt: () => [opens, closes],
  });
}

function spell(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return more > 0 ? `${names.slice(0, LISTED_MAX).join(", ")} or ${more} others` : names.join(" or ");
}

function registeredMs({ registeredAt }: AccessSubject): number {
  return registeredAt * MS_PER_SECOND;
}
