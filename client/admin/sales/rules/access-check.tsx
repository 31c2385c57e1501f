/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { AccessRule } from "../../../../workers/shared/access-rule.ts";
import { TIER_MAX } from "../../../../workers/shared/limits.ts";
import { ask, reason } from "../../shared/calls.ts";
import { fromLocalInput, toLocalInput } from "../../shared/local-time.ts";
import { LANGUAGE } from "../../shared/language.ts";
import { Field } from "../../shared/parts.tsx";
import { sentenceOfKind } from "../../../../workers/pages/words/rules.ts";
import { WORDS as RULES_WORDS } from "./words.ts";

const WORDS = RULES_WORDS.check;

type Verdict = { kind: "yes" | "no" | "trouble"; text: string };

/** "Would this user get in?": asks the server about the rules as they stand in the form. */
export function AccessCheck({ rules, spikeId }: { rules: AccessRule[]; spikeId: string }) {
  const [who, setWho] = useState("");
  const [tier, setTier] = useState("0");
  const [registered, setRegistered] = useState(toLocalInput(new Date().toISOString()));
  const [country, setCountry] = useState("");
  const [verdict, setVerdict] = useState<Verdict | undefined>(undefined);
  const text = (set: (value: string) => void) => (event: Event) =>
    set((event.target as HTMLInputElement).value);

  /** Fills in what is known of an account of that name or id. */
  const lookUp = async () => {
    const answer = await ask("GET", "/users", { query: { query: who.trim() } });
    if (!answer.ok) return setVerdict({ kind: "trouble", text: reason(answer.failure) });
    const wanted = who.trim().toLowerCase();
    const found = answer.body.users.find(
      ({ id, username }) => id === who.trim() || username.toLowerCase() === wanted,
    );
    if (!found) return setVerdict({ kind: "trouble", text: WORDS.noAccount });
    setWho(found.id);
    setTier(String(found.tier));
    setRegistered(toLocalInput(found.createdAt));
    setVerdict(undefined);
  };
  const check = async () => {
    const subject = {
      userId: who.trim() || "somebody",
      tier: Number(tier),
      registeredAt: fromLocalInput(registered),
      country: country.trim() === "" ? null : country.trim().toUpperCase(),
    };
    const json = { accessRules: rules, subject, ...(spikeId !== "" && { spikeId }) };
    const answer = await ask("POST", "/access-preview", { json });
    if (!answer.ok) return setVerdict({ kind: "trouble", text: reason(answer.failure) });
    const { allowed, rule = "", detail = "" } = answer.body;
    setVerdict(
      allowed
        ? { kind: "yes", text: WORDS.yes }
        : { kind: "no", text: `${WORDS.no} ${sentenceOfKind(LANGUAGE, rules, rule) ?? detail}` },
    );
  };
  return (
    <div class="access-check" role="group" aria-label={WORDS.title}>
      <h2>{WORDS.title}</h2>
      <div class="check-fields">
        <Field id="check-user" label={WORDS.user}>
          <input id="check-user" autoComplete="off" spellcheck={false} value={who} onInput={text(setWho)} />
        </Field>
        <Field id="check-tier" label={RULES_WORDS.tier}>
          <input id="check-tier" type="number" min={0} max={TIER_MAX} value={tier} onInput={text(setTier)} />
        </Field>
        <Field id="check-registered" label={WORDS.registered}>
          <input
            id="check-registered"
            type="datetime-local"
            step={1}
            value={registered}
            onInput={text(setRegistered)}
          />
        </Field>
        <Field id="check-country" label={WORDS.country}>
          <input
            id="check-country"
            maxLength={2}
            placeholder={WORDS.unknown}
            autoComplete="off"
            value={country}
            onInput={text(setCountry)}
          />
        </Field>
      </div>
      <div class="actions tight">
        <button
          type="button"
          class="button quiet small"
          onClick={() => void lookUp()}
          disabled={who.trim() === ""}
        >
          {WORDS.lookUp}
        </button>
        <button type="button" class="button quiet small" onClick={() => void check()}>
          {WORDS.ask}
        </button>
      </div>
      <p class="verdict" role="status" data-verdict={verdict?.kind ?? ""}>
        {verdict?.text ?? ""}
      </p>
    </div>
  );
}
