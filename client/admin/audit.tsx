/** @jsxImportSource hono/jsx/dom */
import { WORDS } from "./audit-words.ts";
import type { BodyOf } from "./shared/admin-api.ts";
import { usePages } from "./shared/load.ts";
import { ListEnd, Moment } from "./shared/parts.tsx";
import { Table } from "./shared/table.tsx";

type Entry = BodyOf<"GET", "/audit">["entries"][number];

/** Who changed what, when. */
export function Screen() {
  const pages = usePages("/audit", "entries");
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
      </div>
      <Table label={WORDS.title} columns={WORDS.columns}>
        {pages.items.map((entry) => (
          <EntryRow key={entry.id} entry={entry} />
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </>
  );
}

function EntryRow({ entry: { at, actor, action, subject, details } }: { entry: Entry }) {
  return (
    <tr>
      <td>
        <Moment at={at} />
      </td>
      <td class="mono">{actor}</td>
      <td>{action}</td>
      <td class="mono">
        {action.startsWith("spike.") ? <a href={`/admin/sales/${subject}`}>{subject}</a> : subject}
      </td>
      <td>
        {Object.keys(details).length === 0 ? null : (
          <details>
            <summary>{WORDS.show}</summary>
            <pre>{JSON.stringify(details, null, 2)}</pre>
          </details>
        )}
      </td>
    </tr>
  );
}
