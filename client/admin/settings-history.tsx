/** @jsxImportSource hono/jsx/dom */
import { useEffect } from "hono/jsx/dom";
import type { Settings } from "../../workers/shared/settings.ts";
import { WORDS as SETTINGS_WORDS } from "./settings-words.ts";
import { ask, reason } from "./shared/calls.ts";
import { confirmed } from "./shared/confirm.ts";
import { usePages } from "./shared/load.ts";
import { notify, warn } from "./shared/notices.ts";
import { ListEnd, Moment } from "./shared/parts.tsx";
import { Table } from "./shared/table.tsx";

const WORDS = SETTINGS_WORDS.history;

interface Version {
  version: number;
  settings: Record<string, number>;
  createdAt: string;
  createdBy: string;
}

interface HistoryProps {
  /** What is in force: when it changes, the history has grown. */
  current: Settings;
  labelOf: (name: string) => string;
  onReverted: (settings: Settings) => void;
}

/** Every version of the settings, and the way back to each. */
export function SettingsHistory({ current, labelOf, onReverted }: HistoryProps) {
  const pages = usePages<Version>("/settings/history", "versions");
  useEffect(() => void pages.reload(), [JSON.stringify(current)]);
  const revert = async (version: number) => {
    const newest = pages.items[0]?.version ?? 0;
    const answer = await ask<Settings>("POST", "/settings/revert", { version });
    if (!answer.ok) return warn(reason(answer.failure));
    onReverted(answer.body);
    notify(WORDS.reverted(version), { undo: () => revert(newest) });
  };
  const askAndRevert = async ({ version, settings }: Version) => {
    const isSure = await confirmed({
      title: WORDS.ask(version),
      text: WORDS.askText(differences(current, settings, labelOf) || WORDS.noDifference),
      action: WORDS.back(version),
    });
    if (isSure) await revert(version);
  };
  return (
    <section class="settings-history" aria-labelledby="history-title">
      <h2 id="history-title">{WORDS.title}</h2>
      <Table label={WORDS.label} columns={WORDS.columns} unseen={[WORDS.unseen]}>
        {pages.items.map((entry, index) => (
          <tr key={String(entry.version)}>
            <th scope="row">{entry.version}</th>
            <td>
              <Moment at={entry.createdAt} />
            </td>
            <td class="mono">{entry.createdBy}</td>
            <td>{differences(pages.items[index + 1]?.settings, entry.settings, labelOf)}</td>
            <td>
              {index === 0 ? (
                WORDS.inForce
              ) : (
                <button type="button" class="link" onClick={() => void askAndRevert(entry)}>
                  {WORDS.backTo}
                  <span class="sr">{WORDS.version(entry.version)}</span>
                  {WORDS.this}
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </section>
  );
}

/** What another version has instead, in words; empty when nothing is known to compare with. */
function differences(
  before: Record<string, number> | undefined,
  after: Record<string, number>,
  labelOf: (name: string) => string,
): string {
  if (!before) return "";
  return Object.keys(after)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${WORDS.of(labelOf(name))}${before[name] ?? WORDS.unknown} → ${after[name]}`)
    .join(WORDS.between);
}
