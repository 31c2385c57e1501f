/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { WireOrder } from "../../../workers/order/schemas.ts";
import { formatMoney } from "../../../workers/pages/format.ts";
import { ORDER_STATE_NAMES } from "../../../workers/pages/words/order-states.ts";
import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { freshen } from "../../shared/session.ts";
import { useLoaded, usePages } from "../shared/load.ts";
import { count, Field, LANGUAGE, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";

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
        <h1>Orders</h1>
        <CsvLink query={query} />
      </div>
      <FilterForm filter={filter} onChange={change} />
      <Table label="Orders" columns={["State", "Sale", "User", "Units", "Amount", "Placed", "Order"]}>
        {pages.items.map((order) => (
          <OrderRow key={order.id} order={order} onUser={(user) => change({ user })} />
        ))}
      </Table>
      <ListEnd pages={pages} empty="No order like that." />
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
      Download CSV
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
      <Field id="filter-sale" label="Sale">
        <select id="filter-sale" onChange={(event: Event) => onChange({ spikeId: valueOf(event) })}>
          <option value="">All</option>
          {(body?.spikes ?? []).map(({ id, title }) => (
            <option value={id} selected={id === filter.spikeId}>
              {title}
            </option>
          ))}
        </select>
      </Field>
      <Field id="filter-state" label="State">
        <select id="filter-state" onChange={(event: Event) => onChange({ state: valueOf(event) })}>
          <option value="">All</option>
          {STATES.map(([state, name]) => (
            <option value={state} selected={state === filter.state}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field id="filter-user" label="User">
        <input
          id="filter-user"
          placeholder="Name or id"
          autoComplete="off"
          spellcheck={false}
          value={filter.user}
          onInput={(event: Event) => setUser(valueOf(event))}
        />
      </Field>
      <button type="submit" class="button quiet small">
        Search
      </button>
    </form>
  );
}
