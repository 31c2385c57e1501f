/** @jsxImportSource hono/jsx/dom */
import type { SpikeSettings } from "../../../workers/shared/settings.ts";
import { SettingsForm } from "../settings-form.tsx";
import { SettingsHistory } from "../settings-history.tsx";
import { OWN_SETTINGS, WORDS } from "../settings-words.ts";
import { ask, reason } from "../shared/calls.ts";
import { useLoaded, usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { WORDS as COMMON } from "../shared/words.ts";

/** `null` takes this sale's own value away. */
type Changes = Partial<Record<string, number | null>>;

/** What one sale has instead of the settings of all. */
export function Screen({ id }: { id: string }) {
  const param = { id };
  const sale = useLoaded("/spikes/:id", { param });
  const all = useLoaded("/settings");
  const { body, trouble, set } = useLoaded("/spikes/:id/settings", { param });
  const history = usePages("/spikes/:id/settings/history", "versions", { param });
  const revertTo = async (version: number) => {
    const answer = await ask("POST", "/spikes/:id/settings/revert", { param, json: { version } });
    if (!answer.ok) return answer.failure;
    set(answer.body);
  };
  if (!body || !all.body) return <p role="status">{trouble ?? all.trouble ?? COMMON.loading}</p>;
  const { own } = body;
  const save = async (changes: Changes, before: Changes) => {
    const answer = await ask("PUT", "/spikes/:id/settings", { param, json: changes });
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
        <div>
          <p class="crumb">
            <a href={`/admin/sales/${id}`}>{sale.body?.title ?? id}</a>
          </p>
          <h1>{WORDS.own.title}</h1>
        </div>
      </div>
      <p class="lead">{WORDS.own.lead}</p>
      <SettingsForm
        key={JSON.stringify(body)}
        names={OWN_SETTINGS}
        initial={own}
        otherwise={all.body}
        send={(typed) => {
          const pick = (valueOf: (name: keyof SpikeSettings) => number | null): Changes =>
            Object.fromEntries(
              OWN_SETTINGS.filter((name) => name in typed).map((name) => [name, valueOf(name)]),
            );
          return save(
            pick((name) => (typed[name] === "" ? null : Number(typed[name]))),
            pick((name) => own[name] ?? null),
          );
        }}
      />
      <SettingsHistory
        pages={history}
        current={own}
        first={{}}
        absent={WORDS.own.asForAll}
        revertTo={revertTo}
      />
    </>
  );
}
