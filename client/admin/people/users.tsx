/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { TIER_MAX } from "../../../workers/shared/limits.ts";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { USERS_WORDS as WORDS } from "./words.ts";

type User = BodyOf<"GET", "/users">["users"][number];

type Changes = Partial<Pick<User, "tier" | "role">>;

/** Accounts by name, with star level and role. */
export function Screen() {
  const [query, setQuery] = useState("");
  const [typed, setTyped] = useState("");
  const pages = usePages("/users", "users", { query: query === "" ? {} : { query } });
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
      </div>
      <form
        class="filters"
        onSubmit={(event: Event) => {
          event.preventDefault();
          setQuery(typed.trim());
        }}
      >
        <Field id="query" label={WORDS.query}>
          <input
            id="query"
            autoComplete="off"
            spellcheck={false}
            placeholder={WORDS.queryHint}
            value={typed}
            onInput={(event: Event) => setTyped((event.target as HTMLInputElement).value)}
          />
        </Field>
        <button type="submit" class="button quiet small">
          {WORDS.search}
        </button>
      </form>
      <p class="fine">{WORDS.fine}</p>
      <Table label={WORDS.title} columns={WORDS.columns} unseen={[WORDS.unseen]}>
        {pages.items.map((user) => (
          <UserRow key={user.id} user={user} onChange={pages.reload} />
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </>
  );
}

function UserRow({ user, onChange }: { user: User; onChange: () => Promise<void> }) {
  const [tier, setTier] = useState(String(user.tier));
  const change = async (changes: Changes, back: Changes) => {
    const answer = await ask("PATCH", "/users/:id", { param: { id: user.id }, json: changes });
    if (!answer.ok) return warn(reason(answer.failure));
    notify(WORDS.changed(user.username), { undo: () => change(back, changes) });
    await onChange();
  };
  const saveTier = (event: Event) => {
    event.preventDefault();
    void change({ tier: Number(tier) }, { tier: user.tier });
  };
  const switchRole = async () => {
    const role = user.role === "admin" ? "shopper" : "admin";
    if (await confirmed(WORDS.askRole[role](user.username))) await change({ role }, { role: user.role });
  };
  return (
    <tr>
      <th scope="row">{user.username}</th>
      <td>
        <form class="inline-form" onSubmit={saveTier}>
          <input
            type="number"
            min={0}
            max={TIER_MAX}
            aria-label={WORDS.tierOf(user.username)}
            value={tier}
            onInput={(event: Event) => setTier((event.target as HTMLInputElement).value)}
          />
          <button type="submit" class="link" disabled={tier === String(user.tier)}>
            {WORDS.save}
          </button>
        </form>
      </td>
      <td>
        {WORDS.roles[user.role]}{" "}
        <button type="button" class="link" onClick={() => void switchRole()}>
          {WORDS.change}
          <span class="sr">{WORDS.roleOf(user.username)}</span>
        </button>
      </td>
      <td>
        <Moment at={user.createdAt} />
      </td>
      <td class="mono">{user.id}</td>
      <td>
        <a href={`/admin/orders?user=${encodeURIComponent(user.id)}`}>{WORDS.orders}</a>
      </td>
    </tr>
  );
}
