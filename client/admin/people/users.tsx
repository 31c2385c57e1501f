/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { TIER_MAX } from "../../../workers/shared/limits.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";

interface User {
  id: string;
  username: string;
  tier: number;
  role: "shopper" | "admin";
  createdAt: string;
}

type Changes = Partial<Pick<User, "tier" | "role">>;

/** Accounts by name, with star level and role. */
export function Screen() {
  const [query, setQuery] = useState("");
  const [typed, setTyped] = useState("");
  const path = query === "" ? "/users" : `/users?query=${encodeURIComponent(query)}`;
  const pages = usePages<User>(path, "users");
  return (
    <>
      <div class="screen-head">
        <h1>Users</h1>
      </div>
      <form
        class="filters"
        onSubmit={(event: Event) => {
          event.preventDefault();
          setQuery(typed.trim());
        }}
      >
        <Field id="query" label="Name or id">
          <input
            id="query"
            autoComplete="off"
            spellcheck={false}
            placeholder="The name begins with"
            value={typed}
            onInput={(event: Event) => setTyped((event.target as HTMLInputElement).value)}
          />
        </Field>
        <button type="submit" class="button quiet small">
          Search
        </button>
      </form>
      <p class="fine">
        Star level and role are in the access token: a change shows once the user's session is refreshed,
        within a quarter of an hour.
      </p>
      <Table label="Users" columns={["Name", "Star level", "Role", "Registered", "Id"]} unseen={["More"]}>
        {pages.items.map((user) => (
          <UserRow key={user.id} user={user} onChange={pages.reload} />
        ))}
      </Table>
      <ListEnd pages={pages} empty="No account like that." />
    </>
  );
}

function UserRow({ user, onChange }: { user: User; onChange: () => Promise<void> }) {
  const [tier, setTier] = useState(String(user.tier));
  const change = async (changes: Changes, back: Changes) => {
    const answer = await ask<User>("PATCH", `/users/${encodeURIComponent(user.id)}`, changes);
    if (!answer.ok) return warn(reason(answer.failure));
    notify(`Changed ${user.username}.`, { undo: () => change(back, changes) });
    await onChange();
  };
  const saveTier = (event: Event) => {
    event.preventDefault();
    void change({ tier: Number(tier) }, { tier: user.tier });
  };
  const switchRole = async () => {
    const role = user.role === "admin" ? "shopper" : "admin";
    const isSure = await confirmed({
      title: role === "admin" ? `Make ${user.username} an admin?` : `Make ${user.username} a shopper?`,
      text:
        role === "admin"
          ? "An admin can do everything that is done here, also to you. You can take it back."
          : "The account can no longer enter the dashboard. You can take it back.",
      action: role === "admin" ? "Make an admin" : "Make a shopper",
    });
    if (isSure) await change({ role }, { role: user.role });
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
            aria-label={`Star level of ${user.username}`}
            value={tier}
            onInput={(event: Event) => setTier((event.target as HTMLInputElement).value)}
          />
          <button type="submit" class="link" disabled={tier === String(user.tier)}>
            Save
          </button>
        </form>
      </td>
      <td>
        {user.role}{" "}
        <button type="button" class="link" onClick={() => void switchRole()}>
          Change<span class="sr"> the role of {user.username}</span>
        </button>
      </td>
      <td>
        <Moment at={user.createdAt} />
      </td>
      <td class="mono">{user.id}</td>
      <td>
        <a href={`/admin/orders?user=${encodeURIComponent(user.id)}`}>Orders</a>
      </td>
    </tr>
  );
}
