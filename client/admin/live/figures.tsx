/** @jsxImportSource hono/jsx/dom */
import type { LiveFrame, WireLedger } from "./frames.ts";
import { ORDER_STATE_NAMES } from "../../../workers/pages/words/order-states.ts";
import { count, LANGUAGE, rate, StockBar } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { type FunnelName, funnelOf, gatesOf } from "./funnel.ts";
import type { Figures as Counts } from "./history.ts";

interface FiguresProps {
  rates: Counts;
  ledger: WireLedger | undefined;
  outbox: NonNullable<LiveFrame["outbox"]> | undefined;
}

/** The few numbers that an admin looks at first. */
export function Figures({ rates, ledger, outbox }: FiguresProps) {
  const unknown = "–";
  const figures = [
    { name: "left", label: "Left", value: ledger ? count(ledger.available) : unknown },
    { name: "attempts", label: "Attempts/s", value: rate(rates["purchase.attempts"] ?? 0) },
    { name: "wins", label: "Wins/s", value: rate(rates["purchase.passed"] ?? 0) },
    { name: "unrecorded", label: "To record", value: outbox ? count(outbox.unrecorded) : unknown },
    { name: "lag", label: "Queue lag, s", value: outbox ? count(outbox.lagSeconds) : unknown },
  ];
  return (
    <dl class="figures big">
      {figures.map(({ name, label, value }) => (
        <div data-figure={name}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Where every unit is. */
export function Stock({ ledger }: { ledger: WireLedger }) {
  const { total, available, held, sold, returned, scheduled } = ledger;
  return (
    <div class="stock-now">
      <StockBar sold={sold} held={held} total={total} />
      <ul class="stock-parts">
        <li data-part="sold">{count(sold)} sold</li>
        <li data-part="held">{count(held)} held</li>
        <li data-part="left">{count(available)} left</li>
        <li>of {count(total)}</li>
        {returned > 0 ? <li>{count(returned)} came back</li> : null}
        {scheduled > 0 ? <li>{count(scheduled)} still to come in waves</li> : null}
      </ul>
    </div>
  );
}

interface FunnelProps {
  title: string;
  funnel: FunnelName;
  totals: Counts;
}

/** Where attempts end: each bar is as long as what came this far, its bright part what got further. */
export function FunnelPicture({ title, funnel, totals }: FunnelProps) {
  const { attempts, steps, passed } = funnelOf(funnel, totals);
  const width = (part: number) => (attempts === 0 ? 0 : (100 * part) / attempts);
  return (
    <section class="panel funnel" aria-labelledby={`funnel-${funnel}`}>
      <h3 id={`funnel-${funnel}`}>{title}</h3>
      <ol>
        <li>
          <span class="step-name">Attempts</span>
          <FunnelBar reached={width(attempts)} further={width(attempts)} />
          <span class="step-count">{count(attempts)}</span>
        </li>
        {steps.map(({ name, label, stopped, reached }) => (
          <li key={name}>
            <span class="step-name">{label}</span>
            <FunnelBar reached={width(reached)} further={width(reached - stopped)} />
            <span class="step-count">−{count(stopped)}</span>
          </li>
        ))}
        <li class="funnel-end">
          <span class="step-name">Got through</span>
          <FunnelBar reached={width(passed)} further={width(passed)} />
          <span class="step-count">{count(passed)}</span>
        </li>
      </ol>
    </section>
  );
}

/** Widths in percent. Bars are centred, so that one below the other they make a funnel. */
function FunnelBar({ reached, further }: { reached: number; further: number }) {
  return (
    <svg class="funnel-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-reached" x={50 - reached / 2} width={reached} height="10" />
      <rect class="bar-further" x={50 - further / 2} width={further} height="10" />
    </svg>
  );
}

/** Orders of the sale by what became of them. */
export function Orders({ orders }: { orders: WireLedger["orders"] }) {
  const states = ["reserved", "paid", "cancelled", "expired"] as const;
  return (
    <section class="panel" aria-labelledby="order-states">
      <h3 id="order-states">Orders</h3>
      <dl class="figures">
        {states.map((state) => (
          <div data-orders={state}>
            <dt>{ORDER_STATE_NAMES[LANGUAGE][state]}</dt>
            <dd>{count(orders[state])}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** How the purchases spread over the gates. */
export function Gates({ totals, rates }: { totals: Counts; rates: Counts }) {
  const gates = gatesOf(totals);
  const now = new Map(gatesOf(rates).map(({ name, purchases }) => [name, purchases]));
  return (
    <section class="panel" aria-labelledby="gates">
      <h3 id="gates">Gates</h3>
      {gates.length === 0 ? <p>Nothing has come through yet.</p> : null}
      {gates.length > 0 ? (
        <Table label="Purchases by gate" columns={["Gate", "Purchases", "Now/s", "Per call"]}>
          {gates.map(({ name, purchases, calls }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{count(purchases)}</td>
              <td class="number">{rate(now.get(name) ?? 0)}</td>
              <td class="number">{rate(calls === 0 ? 0 : purchases / calls)}</td>
            </tr>
          ))}
        </Table>
      ) : null}
    </section>
  );
}
