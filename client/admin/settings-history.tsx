/** @jsxImportSource hono/jsx/dom */
import { useEffect } from "hono/jsx/dom";
import { labelOf, WORDS as SETTINGS_WORDS } from "./settings-words.ts";
import type { Failure } from "../shared/answer.ts";
import { reason } from "./shared/calls.ts";
import { confirmed } from "./shared/confirm.ts";
import type { Pages } from "./shared/load.ts";
import { notify, warn } from "./shared/notices.ts";
import { ListEnd, Moment } from "./shared/parts.tsx";
import { Table } from "./shared/table.tsx";

const WORDS = SETTINGS_WORDS.history;

type Values = Partial<Record<string, number>>;

interface Version {
  version: number;
  settings: Values;
  createdAt: string;
  createdBy: string;
  createdByName?: string | undefined;
}

interface HistoryProps {
  pages: Pages<Version>;
  /** What is in force: when it changes, the history has grown. */
  current: Values;
  /** What held before the first version; absent where that depends on the deploy. */
  first?: Values;
  /** What a setting is called that a version does not have. */
  absent?: string;
  /** Puts a version into force again; why not, if it was refused. */
  revertTo: (version: number) => Promise<Failure | undefined>;
}

/** Every version of the settings, and the way back to each. */
export function SettingsHistory({ pages, current, first, absent = WORDS.unknown, revertTo }: HistoryProps) {
  useEffect(() => void pages.reload(), [JSON.stringify(current)]);
  const revert = async (version: number) => {
    const newest = pages.items[0]?.version ?? 0;
    const failure = await revertTo(version);
    if (failure) return warn(reason(failure));
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
    pages.items[index + 1]?.settings ?? (pages.more ? undefined : first);
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
            <td title={entry.createdBy}>{entry.createdByName ?? entry.createdBy}</td>
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
