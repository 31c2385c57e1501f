/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { Settings } from "../../workers/shared/settings.ts";
import { SettingsHistory } from "./settings-history.tsx";
import { type FormSetting, SETTING_WORDS, WORDS } from "./settings-words.ts";
import { ask, errorsOf, reason } from "./shared/calls.ts";
import type { FieldErrors } from "./shared/field-errors.ts";
import { useLoaded } from "./shared/load.ts";
import { notify, warn } from "./shared/notices.ts";
import { described, Field } from "./shared/parts.tsx";
import { WORDS as COMMON } from "./shared/words.ts";

const NAMES = Object.keys(SETTING_WORDS) as FormSetting[];

const labelOf = (name: string): string =>
  name === "salesPaused" ? WORDS.allStopped : (SETTING_WORDS[name as FormSetting]?.label ?? name);

type Values = Record<string, number>;

/** The limits in force. */
export function Screen() {
  const { body, trouble, set } = useLoaded<Settings>("/settings");
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
      </div>
      <p class="lead">{WORDS.lead}</p>
      {body ? <SettingsForm key={JSON.stringify(body)} values={body} onSaved={set} /> : null}
      {body ? <SettingsHistory current={body} labelOf={labelOf} onReverted={set} /> : null}
      {body ? null : <p role="status">{trouble ?? COMMON.loading}</p>}
    </>
  );
}

function SettingsForm({ values, onSaved }: { values: Values; onSaved: (settings: Settings) => void }) {
  const [texts, setTexts] = useState<Record<string, string>>(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])),
  );
  const [errors, setErrors] = useState<FieldErrors>({});
  const changed = NAMES.filter((name) => texts[name] !== String(values[name]));
  const save = async (changes: Values, before: Values) => {
    const answer = await ask<Settings>("PUT", "/settings", changes);
    if (!answer.ok) {
      const found = errorsOf(answer.failure);
      setErrors(found);
      if (Object.keys(found).length === 0) warn(reason(answer.failure));
      return;
    }
    notify(WORDS.saved, { undo: () => save(before, changes) });
    onSaved(answer.body);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const pick = (valueOf: (name: string) => number): Values =>
      Object.fromEntries(changed.map((name) => [name, valueOf(name)]));
    // An empty field is no 0, which would switch something off.
    void save(
      pick((name) => Number(texts[name] || Number.NaN)),
      pick((name) => values[name] ?? 0),
    );
  };
  return (
    <form class="settings-form" noValidate onSubmit={submit}>
      {NAMES.map((name) => (
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
            value={texts[name] ?? ""}
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
