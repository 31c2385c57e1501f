import { sentenceOfKind } from "../../../../workers/pages/words/rules.ts";
import type { AccessRule } from "../../../../workers/shared/access-rule.ts";
import { ask, reason } from "../../shared/calls.ts";
import { LANGUAGE } from "../../shared/language.ts";
import { fromLocalInput, toLocalInput } from "../../shared/local-time.ts";
import { WORDS as RULES_WORDS } from "./words.ts";

const WORDS = RULES_WORDS.check;

/** Somebody who might buy, as typed: there need be no such account. */
export interface CheckedPerson {
  /** A user id; also a name, until the account is looked up. */
  who: string;
  tier: string;
  /** Local time. */
  registered: string;
  country: string;
}

/** Before anything is typed. */
export const nobodyYet = (): CheckedPerson => ({
  ...{ who: "", tier: "0", country: "" },
  registered: toLocalInput(new Date().toISOString()),
});

export interface Verdict {
  kind: "yes" | "no" | "trouble";
  text: string;
}

/** What is known of the account of that name or id, or why nothing is. */
export async function findAccount(
  nameOrId: string,
): Promise<Omit<CheckedPerson, "country"> | { trouble: string }> {
  const answer = await ask("GET", "/users", { query: { query: nameOrId } });
  if (!answer.ok) return { trouble: reason(answer.failure) };
  const wanted = nameOrId.toLowerCase();
  const found = answer.body.users.find(
    ({ id, username }) => id === nameOrId || username.toLowerCase() === wanted,
  );
  if (!found) return { trouble: WORDS.noAccount };
  return { who: found.id, tier: String(found.tier), registered: toLocalInput(found.createdAt) };
}

/** What the rules say of somebody, by the server's word. */
export async function verdictOn(
  { who, tier, registered, country }: CheckedPerson,
  rules: AccessRule[],
  spikeId: string,
): Promise<Verdict> {
  const subject = {
    userId: who.trim() || "somebody",
    tier: Number(tier),
    registeredAt: fromLocalInput(registered),
    country: country.trim() === "" ? null : country.trim().toUpperCase(),
  };
  const json = { accessRules: rules, subject, ...(spikeId !== "" && { spikeId }) };
  const answer = await ask("POST", "/access-preview", { json });
  if (!answer.ok) return { kind: "trouble", text: reason(answer.failure) };
  const { allowed, rule = "", detail = "" } = answer.body;
  if (allowed) return { kind: "yes", text: WORDS.yes };
  return { kind: "no", text: `${WORDS.no} ${sentenceOfKind(LANGUAGE, rules, rule) ?? detail}` };
}
