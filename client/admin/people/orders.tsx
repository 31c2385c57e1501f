/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { WireOrder } from "../../../workers/order/schemas.ts";
import { formatMoney } from "../../../workers/pages/format.ts";
import { ORDER_STATE_NAMES } from "../../../workers/pages/words/order-states.ts";
import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { freshen } from "../../shared/session.ts";
import { useLoaded, usePages } from "../shared/load.ts";
import { LANGUAGE } from "../shared/language.ts";
import { count, Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { ORDERS_WORDS as WORDS } from "./words.ts";

interface AdminOrder extends WireOrder {
  userId: string;
}

interface Filter {
  spikeId: string;
  state: string;
  user: string;
}

const STATES = Object.entries(ORDER_STATE_NAMES[LANGUAGE]);

function queryOf(filter: Filter): string {
  const named = Object.entries<string>({ ...filter }).filter(([, value]) => value.trim() !== "");
  return new URLSearchParams(named.map(([name, value]) => [name, value.trim()])).toString();
}

/** Everyone's orders, filtered, and the same as a file. */
export function Screen() {
  const address = new URLSearchParams(location.search);
  const [filter, setFilter] = useState<Filter>({
    spikeId: address.get("spikeId") ?? "",
    state: address.get("state") ?? "",
    user: address.get("user") ?? "",
  });
  const query = queryOf(filter);
  const pages = usePages<AdminOrder>(`/orders?${query}`, "orders");
  const change = (changes: Partial<Filter>) => {
    const changed = { ...filter, ...changes };
    setFilter(changed);
    // So that a reload and a link to a colleague show the same.
    history.replaceState(null, "", `?${queryOf(changed)}`);
  };
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
        <CsvLink query={query} />
      </div>
      <FilterForm filter={filter} onChange={change} />
      <Table label={WORDS.title} columns={WORDS.columns}>
        {pages.items.map((order) => (
          <OrderRow key={order.id} order={order} onUser={(user) => change({ user })} />
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </>
  );
}

/** The session is made fresh first: a download cannot be tried again behind the scenes. */
function CsvLink({ query }: { query: string }) {
  const href = `/api/admin/orders.csv?${query}`;
  const download = async (event: Event) => {
    event.preventDefault();
    await freshen();
    location.assign(href);
  };
  return (
    <a
      class="button quiet"
      href={href}
      download="orders.csv"
      onClick={(event: Event) => void download(event)}
    >
      {WORDS.csv}
    </a>
  );
}

function OrderRow({ order, onUser }: { order: AdminOrder; onUser: (user: string) => void }) {
  return (
    <tr>
      <td>
        <span class="badge" data-state={order.state}>
          {ORDER_STATE_NAMES[LANGUAGE][order.state]}
        </span>
      </td>
      <td>
        <a href={`/admin/sales/${order.spikeId}`}>{order.spikeTitle}</a>
      </td>
      <td>
        <button type="button" class="link mono" onClick={() => onUser(order.userId)}>
          {order.userId}
        </button>
      </td>
      <td class="number">{count(order.quantity)}</td>
      <td class="number">{formatMoney(LANGUAGE, order.amountMinor, order.currency)}</td>
      <td>
        <Moment at={order.createdAt} />
      </td>
      <td class="mono">{order.id}</td>
    </tr>
  );
}

function FilterForm({ filter, onChange }: { filter: Filter; onChange: (changes: Partial<Filter>) => void }) {
  const { body } = useLoaded<{ spikes: WireSpike[] }>("/spikes");
  const [user, setUser] = useState(filter.user);
  const valueOf = (event: Event) => (event.target as HTMLInputElement | HTMLSelectElement).value;
  return (
    <form
      class="filters"
      onSubmit={(event: Event) => {
        event.preventDefault();
        onChange({ user });
      }}
    >
      <Field id="filter-sale" label={WORDS.sale}>
        <select id="filter-sale" onChange={(event: Event) => onChange({ spikeId: valueOf(event) })}>
          <option value="">{WORDS.all}</option>
          {(body?.spikes ?? []).map(({ id, title }) => (
            <option value={id} selected={id === filter.spikeId}>
              {title}
            </option>
          ))}
        </select>
      </Field>
      <Field id="filter-state" label={WORDS.state}>
        <select id="filter-state" onChange={(event: Event) => onChange({ state: valueOf(event) })}>
          <option value="">{WORDS.all}</option>
          {STATES.map(([state, name]) => (
            <option value={state} selected={state === filter.state}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field id="filter-user" label={WORDS.user}>
        <input
          id="filter-user"
          placeholder={WORDS.userHint}
          autoComplete="off"
          spellcheck={false}
          value={filter.user}
          onInput={(event: Event) => setUser(valueOf(event))}
        />
      </Field>
      <button type="submit" class="button quiet small">
        {WORDS.search}
      </button>
    </form>
  );
}
