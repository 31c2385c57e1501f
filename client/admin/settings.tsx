/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { Settings } from "../../workers/shared/settings.ts";
import { SettingsHistory } from "./settings-history.tsx";
import { ask, errorsOf, reason } from "./shared/calls.ts";
import type { FieldErrors } from "./shared/field-errors.ts";
import { useLoaded } from "./shared/load.ts";
import { notify, warn } from "./shared/notices.ts";
import { described, Field } from "./shared/parts.tsx";

interface SettingWords {
  label: string;
  hint: string;
}

/** What each setting does. The switch that stops all sales stands beside the sales. */
const WORDS: Record<Exclude<keyof Settings, "salesPaused">, SettingWords> = {
  addressRequestsPerWindow: { label: "Requests per address", hint: "In one window" },
  addressWindowSeconds: { label: "Window of an address", hint: "Seconds" },
  accountRequestsPerWindow: { label: "Requests per account", hint: "Per action, in one window" },
  accountWindowSeconds: { label: "Window of an account", hint: "Seconds" },
  userIntervalMs: { label: "Pause between attempts", hint: "Milliseconds, per account" },
  overloadFactor: { label: "Overload factor", hint: "Purchases beyond this many times the stock are shed" },
  fleetRequestsPerSecond: { label: "Ceiling of a sale", hint: "Requests a second, everywhere together" },
  strikesBeforeChallenge: { label: "Strikes before a proof", hint: "Suspicious acts" },
  strikesBeforeBlacklist: { label: "Strikes before a ban", hint: "Suspicious acts" },
  challengeCost: { label: "Work of a proof", hint: "Iterations of each try" },
  blacklistSeconds: { label: "Length of such a ban", hint: "Seconds" },
  accessDecisionSeconds: { label: "Reuse of access decisions", hint: "Seconds" },
  gatesPerSpike: { label: "Gates per sale", hint: "0 goes to the ledger directly" },
};
const NAMES = Object.keys(WORDS) as (keyof typeof WORDS)[];

const labelOf = (name: string): string =>
  name === "salesPaused" ? "Every sale is stopped" : (WORDS[name as keyof typeof WORDS]?.label ?? name);

type Values = Record<string, number>;

/** The limits in force. */
export function Screen() {
  const { body, trouble, set } = useLoaded<Settings>("/settings");
  return (
    <>
      <div class="screen-head">
        <h1>Settings</h1>
      </div>
      <p class="lead">These take effect everywhere within a minute. 0 switches a filter off.</p>
      {body ? <SettingsForm key={JSON.stringify(body)} values={body} onSaved={set} /> : null}
      {body ? <SettingsHistory current={body} labelOf={labelOf} onReverted={set} /> : null}
      {body ? null : <p role="status">{trouble ?? "Loading"}</p>}
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
    notify("Saved.", { undo: () => save(before, changes) });
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
        <Field id={name} label={WORDS[name].label} hint={WORDS[name].hint} error={errors[name]}>
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
          {changed.length === 0 ? "Nothing changed" : `Save ${changed.length} of them`}
        </button>
      </div>
    </form>
  );
}
