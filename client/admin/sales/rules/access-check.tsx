/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { AccessRule } from "../../../../workers/shared/access-rule.ts";
import { type CheckedPerson, findAccount, nobodyYet, type Verdict, verdictOn } from "./checked-person.ts";
import { PersonFields } from "./person-fields.tsx";
import { WORDS as RULES_WORDS } from "./words.ts";

const WORDS = RULES_WORDS.check;

/** "Would this user get in?": asks the server about the rules as they stand in the form. */
export function AccessCheck({ rules, spikeId }: { rules: AccessRule[]; spikeId: string }) {
  const [person, setPerson] = useState<CheckedPerson>(nobodyYet);
  const [verdict, setVerdict] = useState<Verdict | undefined>(undefined);
  const change = (known: Partial<CheckedPerson>) => setPerson((before) => ({ ...before, ...known }));
  /** Fills in what is known of an account of that name or id. */
  const lookUp = async () => {
    const found = await findAccount(person.who.trim());
    if ("trouble" in found) return setVerdict({ kind: "trouble", text: found.trouble });
    change(found);
    setVerdict(undefined);
  };
  const check = async () => setVerdict(await verdictOn(person, rules, spikeId));
  return (
    <div class="access-check" role="group" aria-label={WORDS.title}>
      <h2>{WORDS.title}</h2>
      <PersonFields person={person} onChange={change} />
      <div class="actions tight">
        <button
          type="button"
          class="button quiet small"
          onClick={() => void lookUp()}
          disabled={person.who.trim() === ""}
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
