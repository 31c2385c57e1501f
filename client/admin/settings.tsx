/** @jsxImportSource hono/jsx/dom */
import { SettingsForm } from "./settings-form.tsx";
import { SettingsHistory } from "./settings-history.tsx";
import { FORM_SETTINGS, WORDS } from "./settings-words.ts";
import { ask } from "./shared/calls.ts";
import { useLoaded, usePages } from "./shared/load.ts";
import { notify, warn } from "./shared/notices.ts";
import { reason } from "./shared/calls.ts";
import { WORDS as COMMON } from "./shared/words.ts";

type Values = Record<string, number>;

/** The limits in force. */
export function Screen() {
  const { body, trouble, set } = useLoaded("/settings");
  const history = usePages("/settings/history", "versions");
  const revertTo = async (version: number) => {
    const answer = await ask("POST", "/settings/revert", { json: { version } });
    if (!answer.ok) return answer.failure;
    set(answer.body);
  };
  const save = async (changes: Values, before: Values) => {
    const answer = await ask("PUT", "/settings", { json: changes });
    if (!answer.ok) return answer.failure;
    set(answer.body);
    const undo = async () => {
      const failure = await save(before, changes);
      if (failure) warn(reason(failure));
    };
    notify(WORDS.saved, { undo });
  };
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
      </div>
      <p class="lead">{WORDS.lead}</p>
      {body ? (
        <SettingsForm
          key={JSON.stringify(body)}
          names={FORM_SETTINGS}
          initial={body}
          send={(typed) => {
            const pick = (valueOf: (name: keyof typeof typed) => number): Values =>
              Object.fromEntries(
                FORM_SETTINGS.filter((name) => name in typed).map((name) => [name, valueOf(name)]),
              );
            // An empty field is no 0, which would switch something off.
            return save(
              pick((name) => Number(typed[name] || Number.NaN)),
              pick((name) => body[name]),
            );
          }}
        />
      ) : null}
      {body ? <SettingsHistory pages={history} current={body} revertTo={revertTo} /> : null}
      {body ? null : <p role="status">{trouble ?? COMMON.loading}</p>}
    </>
  );
}
