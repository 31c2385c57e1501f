/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { formatMoney } from "../../../workers/pages/format.ts";
import { ORDER_STATE_NAMES } from "../../../workers/pages/words/order-states.ts";
import { freshen } from "../../shared/session.ts";
import { addressOf, type BodyOf } from "../shared/admin-api.ts";
import { useLoaded, usePages } from "../shared/load.ts";
import { LANGUAGE } from "../shared/language.ts";
import { count, Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { ORDERS_WORDS as WORDS } from "./words.ts";

type AdminOrder = BodyOf<"GET", "/orders">["orders"][number];

type State = AdminOrder["state"];

/** A field that is absent or empty lets everything through. */
interface Filter {
  spikeId?: string;
  state?: State;
  user?: string;
}

const STATES = Object.keys(ORDER_STATE_NAMES[LANGUAGE]) as State[];

function filterOf(fields: Record<keyof Filter, string | null | undefined>): Filter {
  const state = STATES.find((name) => name === fields.state);
  const [spikeId, user] = [fields.spikeId?.trim(), fields.user?.trim()];
  return { ...(spikeId && { spikeId }), ...(state && { state }), ...(user && { user }) };
}

/** Changes some fields as they were typed; an empty one is switched off. */
type Change = (changes: Partial<Record<keyof Filter, string>>) => void;

/** Everyone's orders, filtered, and the same as a file. */
export function Screen() {
  const address = new URLSearchParams(location.search);
  const [filter, setFilter] = useState<Filter>(
    filterOf({
      spikeId: address.get("spikeId"),
      state: address.get("state"),
      user: address.get("user"),
    }),
  );
  const pages = usePages("/orders", "orders", { query: filter });
  const change: Change = (changes) => {
    const { spikeId, state, user } = { ...filter, ...changes };
    const changed = filterOf({ spikeId, state, user });
    setFilter(changed);
    // So that a reload and a link to a colleague show the same.
    history.replaceState(null, "", `?${new URLSearchParams({ ...changed })}`);
  };
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
        <CsvLink filter={filter} />
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
function CsvLink({ filter }: { filter: Filter }) {
  const href = addressOf("/orders.csv", { query: { ...filter } });
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

function FilterForm({ filter, onChange }: { filter: Filter; onChange: Change }) {
  const { body } = useLoaded("/spikes");
  const [user, setUser] = useState(filter.user ?? "");
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
          {STATES.map((state) => (
            <option value={state} selected={state === filter.state}>
              {ORDER_STATE_NAMES[LANGUAGE][state]}
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
          value={filter.user ?? ""}
          onInput={(event: Event) => setUser(valueOf(event))}
        />
      </Field>
      <button type="submit" class="button quiet small">
        {WORDS.search}
      </button>
    </form>
  );
}
