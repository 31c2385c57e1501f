/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { Failure } from "../shared/answer.ts";
import { type FormSetting, SETTING_WORDS, WORDS } from "./settings-words.ts";
import { errorsOf, reason } from "./shared/calls.ts";
import type { FieldErrors } from "./shared/field-errors.ts";
import { warn } from "./shared/notices.ts";
import { described, Field } from "./shared/parts.tsx";

interface FormProps {
  names: readonly FormSetting[];
  /** What the fields hold at first. */
  initial: Partial<Record<string, number>>;
  /** What holds where a field is empty. */
  otherwise?: Partial<Record<string, number>>;
  /** Sends what was changed, as it was typed; undefined when it was taken. */
  send: (changes: Partial<Record<FormSetting, string>>) => Promise<Failure | undefined>;
}

/** Settings as fields, of which only the changed ones are sent. */
export function SettingsForm({ names, initial, otherwise = {}, send }: FormProps) {
  const initialText = (name: FormSetting) => String(initial[name] ?? "");
  const [texts, setTexts] = useState<Partial<Record<FormSetting, string>>>({});
  const [errors, setErrors] = useState<FieldErrors>({});
  const textOf = (name: FormSetting) => texts[name] ?? initialText(name);
  const changed = names.filter((name) => textOf(name) !== initialText(name));
  const submit = async (event: Event) => {
    event.preventDefault();
    const failure = await send(Object.fromEntries(changed.map((name) => [name, textOf(name)])));
    const found = failure ? errorsOf(failure) : {};
    setErrors(found);
    if (failure && !names.some((name) => found[name] !== undefined)) warn(reason(failure));
  };
  return (
    <form class="settings-form" noValidate onSubmit={(event: Event) => void submit(event)}>
      {names.map((name) => (
        <Field
          id={name}
          label={SETTING_WORDS[name].label}
          hint={SETTING_WORDS[name].hint}
          error={errors[name]}
        >
          <input
            {...described(name, errors[name])}
            type="number"
            min={0}
            placeholder={String(otherwise[name] ?? "")}
            value={textOf(name)}
            onInput={(event: Event) =>
              setTexts((before) => ({ ...before, [name]: (event.target as HTMLInputElement).value }))
            }
          />
        </Field>
      ))}
      <div class="form-actions">
        <button type="submit" class="button" disabled={changed.length === 0}>
          {changed.length === 0 ? WORDS.nothingChanged : WORDS.save(changed.length)}
        </button>
      </div>
    </form>
  );
}
