/** @jsxImportSource hono/jsx/dom */
import { TIER_MAX } from "../../../../workers/shared/limits.ts";
import { Field } from "../../shared/parts.tsx";
import type { CheckedPerson } from "./checked-person.ts";
import { WORDS as RULES_WORDS } from "./words.ts";

const WORDS = RULES_WORDS.check;

interface PersonFieldsProps {
  person: CheckedPerson;
  onChange: (known: Partial<CheckedPerson>) => void;
}

/** What the access rules look at in somebody. */
export function PersonFields({ person, onChange }: PersonFieldsProps) {
  const control = (name: keyof CheckedPerson) => ({
    value: person[name],
    onInput: (event: Event) => onChange({ [name]: (event.target as HTMLInputElement).value }),
  });
  return (
    <div class="check-fields">
      <Field id="check-user" label={WORDS.user}>
        <input id="check-user" autoComplete="off" spellcheck={false} {...control("who")} />
      </Field>
      <Field id="check-tier" label={RULES_WORDS.tier}>
        <input id="check-tier" type="number" min={0} max={TIER_MAX} {...control("tier")} />
      </Field>
      <Field id="check-registered" label={WORDS.registered}>
        <input id="check-registered" type="datetime-local" step={1} {...control("registered")} />
      </Field>
      <Field id="check-country" label={WORDS.country}>
        <input
          id="check-country"
          maxLength={2}
          placeholder={WORDS.unknown}
          autoComplete="off"
          {...control("country")}
        />
      </Field>
    </div>
  );
}
