/** @jsxImportSource hono/jsx/dom */
import type { LiveFrame, WireLedger } from "./frames.ts";
import { ORDER_STATE_NAMES } from "../../../workers/pages/words/order-states.ts";
import { LANGUAGE } from "../shared/language.ts";
import { count, rate, StockBar } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { type FunnelName, funnelOf, GATE_PREFIX, gatesOf, LEDGER } from "./funnel.ts";
import type { Figures as Counts } from "./history.ts";
import { WORDS } from "./words.ts";

/** In place of a number that no frame has told yet. */
function Unknown() {
  return (
    <>
      <span aria-hidden="true">–</span>
      <span class="sr">{WORDS.unknown}</span>
    </>
  );
}

interface FiguresProps {
  /** Absent until the first frame has come, as all that frames tell. */
  rates: Counts | undefined;
  ledger: WireLedger | undefined;
  outbox: NonNullable<LiveFrame["outbox"]> | undefined;
}

/** The few numbers that an admin looks at first. */
export function Figures({ rates, ledger, outbox }: FiguresProps) {
  const figures = [
    { name: "left", value: ledger && count(ledger.available) },
    { name: "attempts", value: rates && rate(rates["purchase.attempts"] ?? 0) },
    { name: "wins", value: rates && rate(rates["purchase.passed"] ?? 0) },
    { name: "unrecorded", value: outbox && count(outbox.unrecorded) },
    { name: "lag", value: outbox && count(outbox.lagSeconds) },
  ] as const;
  return (
    <dl class="figures big">
      {figures.map(({ name, value }) => (
        <div data-figure={name}>
          <dt>{WORDS.figures[name]}</dt>
          <dd>{value ?? <Unknown />}</dd>
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
        <li data-part="sold">{WORDS.stock.sold(count(sold))}</li>
        <li data-part="held">{WORDS.stock.held(count(held))}</li>
        <li data-part="left">{WORDS.stock.left(count(available))}</li>
        <li>{WORDS.stock.total(count(total))}</li>
        {returned > 0 ? <li>{WORDS.stock.returned(count(returned))}</li> : null}
        {scheduled > 0 ? <li>{WORDS.stock.scheduled(count(scheduled))}</li> : null}
      </ul>
    </div>
  );
}

interface FunnelProps {
  funnel: FunnelName;
  totals: Counts | undefined;
}

/** Where attempts end: each bar is as long as what came this far, its bright part what got further. */
export function FunnelPicture({ funnel, totals }: FunnelProps) {
  const { attempts, steps, passed } = funnelOf(funnel, totals ?? {});
  const width = (part: number) => (attempts === 0 ? 0 : (100 * part) / attempts);
  return (
    <section class="panel funnel" aria-labelledby={`funnel-${funnel}`}>
      <h3 id={`funnel-${funnel}`}>{WORDS.funnel[funnel]}</h3>
      <ol>
        <li>
          <span class="step-name">{WORDS.funnel.attempts}</span>
          <FunnelBar reached={width(attempts)} further={width(attempts)} />
          <span class="step-count">{totals ? count(attempts) : <Unknown />}</span>
        </li>
        {steps.map(({ name, label, stopped, reached }) => (
          <li key={name}>
            <span class="step-name">{label}</span>
            <FunnelBar reached={width(reached)} further={width(reached - stopped)} />
            <span class="step-count">−{count(stopped)}</span>
          </li>
        ))}
        <li class="funnel-end">
          <span class="step-name">{WORDS.funnel.passed}</span>
          <FunnelBar reached={width(passed)} further={width(passed)} />
          <span class="step-count">{totals ? count(passed) : <Unknown />}</span>
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
      <h3 id="order-states">{WORDS.orders}</h3>
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
export function Gates({ totals, rates }: Record<"totals" | "rates", Counts | undefined>) {
  const gates = gatesOf(totals ?? {});
  const now = new Map(gatesOf(rates ?? {}).map(({ name, purchases }) => [name, purchases]));
  return (
    <section class="panel" aria-labelledby="gates">
      <h3 id="gates">{WORDS.gates.title}</h3>
      {gates.length === 0 ? <p>{totals ? WORDS.gates.none : <Unknown />}</p> : null}
      {gates.length > 0 ? (
        <Table label={WORDS.gates.label} columns={WORDS.gates.columns}>
          {gates.map(({ name, purchases, calls }) => (
            <tr key={name}>
              <th scope="row">{gateName(name)}</th>
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

function gateName(name: string): string {
  return name === LEDGER ? WORDS.gates.ledger : WORDS.gates.gate(Number(name.slice(GATE_PREFIX.length)) + 1);
}
