/** @jsxImportSource hono/jsx/dom */
import { useEffect } from "hono/jsx/dom";
import { labelOf, WORDS as SETTINGS_WORDS } from "./settings-words.ts";
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

type Values = Partial<Record<string, number>>;

interface HistoryProps<Body> {
  /** Of the settings, below /api/admin. */
  path: string;
  /** What is in force: when it changes, the history has grown. */
  current: Values;
  /** What a setting is called that a version does not have. */
  absent?: string;
  /** Takes what the API answers, which is the settings as they are now. */
  onReverted: (body: Body) => void;
}

/** Every version of the settings, and the way back to each. */
export function SettingsHistory<Body>({
  path,
  current,
  absent = WORDS.unknown,
  onReverted,
}: HistoryProps<Body>) {
  const pages = usePages<Version>(`${path}/history`, "versions");
  useEffect(() => void pages.reload(), [JSON.stringify(current)]);
  const revert = async (version: number) => {
    const newest = pages.items[0]?.version ?? 0;
    const answer = await ask<Body>("POST", `${path}/revert`, { version });
    if (!answer.ok) return warn(reason(answer.failure));
    onReverted(answer.body);
    notify(WORDS.reverted(version), { undo: () => revert(newest) });
  };
  const askAndRevert = async ({ version, settings }: Version) => {
    const isSure = await confirmed({
      title: WORDS.ask(version),
      text: WORDS.askText(differences(current, settings, absent) || WORDS.noDifference),
      action: WORDS.back(version),
    });
    if (isSure) await revert(version);
  };
  /** What an entry replaced; with all pages there, nothing came before the first. */
  const before = (index: number): Values | undefined =>
    pages.items[index + 1]?.settings ?? (path === "/settings" || pages.more ? undefined : {});
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
            <td>{differences(before(index), entry.settings, absent)}</td>
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
function differences(before: Values | undefined, after: Values, absent: string): string {
  if (!before) return "";
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${WORDS.of(labelOf(name))}${before[name] ?? absent} → ${after[name] ?? absent}`)
    .join(WORDS.between);
}
