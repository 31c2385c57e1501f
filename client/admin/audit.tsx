/** @jsxImportSource hono/jsx/dom */
import { ACTIONS, WORDS } from "./audit-words.ts";
import type { BodyOf } from "./shared/admin-api.ts";
import { usePages } from "./shared/load.ts";
import { ListEnd, Moment } from "./shared/parts.tsx";
import { Table } from "./shared/table.tsx";

type Entry = BodyOf<"GET", "/audit">["entries"][number];

/** Who does what nobody asked for. */
const CRON = "cron";

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

function EntryRow({ entry: { at, actor, actorName, action, subject, details } }: { entry: Entry }) {
  const href = hrefOf(action, subject);
  return (
    <tr>
      <td>
        <Moment at={at} />
      </td>
      <td title={actor}>{actorName ?? (actor === CRON ? WORDS.cron : actor)}</td>
      <td>
        {ACTIONS[action] ?? action} <span class="mono fine">{action}</span>
      </td>
      <td class="mono">{href === undefined ? subject : <a href={href}>{subject}</a>}</td>
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

/** Where the dashboard shows what was changed. */
function hrefOf(action: string, subject: string): string | undefined {
  const kind = action.slice(0, action.indexOf("."));
  if (kind === "spike" || kind === "orders" || kind === "ledger") return `/admin/sales/${subject}`;
  if (kind === "webhook") return `/admin/webhooks/${subject}`;
  if (kind === "user") return `/admin/orders?user=${encodeURIComponent(subject)}`;
  return undefined;
}
