/** @jsxImportSource hono/jsx/dom */
import { useEffect } from "hono/jsx/dom";
import type { Settings } from "../../workers/shared/settings.ts";
import { ask, reason } from "./shared/calls.ts";
import { confirmed } from "./shared/confirm.ts";
import { usePages } from "./shared/load.ts";
import { notify, warn } from "./shared/notices.ts";
import { ListEnd, Moment } from "./shared/parts.tsx";
import { Table } from "./shared/table.tsx";

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
    notify(`Version ${version} is in force again.`, { undo: () => revert(newest) });
  };
  const askAndRevert = async ({ version, settings }: Version) => {
    const isSure = await confirmed({
      title: `Back to version ${version}?`,
      text: `It becomes the newest version, and takes effect everywhere within a minute: ${differences(current, settings, labelOf) || "nothing would change"}. You can take it back.`,
      action: `Back to version ${version}`,
    });
    if (isSure) await revert(version);
  };
  return (
    <section class="settings-history" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <Table
        label="Versions of the settings"
        columns={["Version", "When", "Who", "What changed"]}
        unseen={["Back to it"]}
      >
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
                "In force"
              ) : (
                <button type="button" class="link" onClick={() => void askAndRevert(entry)}>
                  Back to<span class="sr"> version {entry.version}</span> this
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <ListEnd pages={pages} empty="Nobody has changed anything: these are the defaults." />
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
    .map((name) => `${labelOf(name)}: ${before[name] ?? "unknown"} → ${after[name]}`)
    .join(", ");
}
