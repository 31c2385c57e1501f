/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { formatDuration } from "../../../workers/pages/format.ts";
import { LANGUAGE_TAGS } from "../../../workers/pages/language.ts";
import { LANGUAGE } from "../shared/language.ts";
import { count, Field, rate } from "../shared/parts.tsx";
import { ASSUMED, type CapacityEstimate, estimateCapacity } from "./capacity.ts";
import type { Draft } from "./draft.ts";
import { WORDS } from "./estimate-words.ts";

const DEFAULT_SHOPPERS = 10_000;
const DEFAULT_WINDOW_SECONDS = 60;

const dollars = (amount: number) =>
  new Intl.NumberFormat(LANGUAGE_TAGS[LANGUAGE], { style: "currency", currency: "USD" }).format(amount);

/** What the expected crowd will ask of the platform. */
export function EstimatePanel({ draft }: { draft: Draft }) {
  const [shoppers, setShoppers] = useState(DEFAULT_SHOPPERS);
  const [windowSeconds, setWindow] = useState(DEFAULT_WINDOW_SECONDS);
  const forecast = {
    shoppers,
    windowSeconds,
    stock: Number(draft.stock),
    unitsPerShopper: 1,
    holdSeconds: Number(draft.holdSeconds),
  };
  const isComplete = Object.values(forecast).every((value) => value > 0);
  const number = (set: (value: number) => void) => (event: Event) =>
    set(Number((event.target as HTMLInputElement).value));
  return (
    <section class="panel" aria-labelledby="estimate-title">
      <h2 id="estimate-title">{WORDS.title}</h2>
      <div class="pair">
        <Field id="crowd" label={WORDS.crowd}>
          <input id="crowd" type="number" min={1} value={String(shoppers)} onInput={number(setShoppers)} />
        </Field>
        <Field id="window" label={WORDS.window}>
          <input
            id="window"
            type="number"
            min={1}
            value={String(windowSeconds)}
            onInput={number(setWindow)}
          />
        </Field>
      </div>
      {isComplete ? <Estimate estimate={estimateCapacity(forecast)} /> : <p>{WORDS.incomplete}</p>}
    </section>
  );
}

function Estimate({ estimate }: { estimate: CapacityEstimate }) {
  const { sellOutSeconds, peakRequestsPerSecond, gates, purchasesPerSecondMax, totalDollars } = estimate;
  return (
    <>
      <dl class="figures" aria-live="polite">
        <div>
          <dt>{WORDS.gates}</dt>
          <dd>{count(gates)}</dd>
        </div>
        <div>
          <dt>{WORDS.peak}</dt>
          <dd>{rate(peakRequestsPerSecond)}</dd>
        </div>
        <div>
          <dt>{WORDS.soldOutAfter}</dt>
          <dd class="words">
            {sellOutSeconds === null ? WORDS.crowdTooSmall : formatDuration(LANGUAGE, sellOutSeconds)}
          </dd>
        </div>
        <div>
          <dt>{WORDS.cost}</dt>
          <dd>{dollars(totalDollars)}</dd>
        </div>
      </dl>
      <details>
        <summary>{WORDS.granted}</summary>
        <ul class="plain">
          {WORDS.assumptions(ASSUMED).map((assumption) => (
            <li>{assumption}</li>
          ))}
        </ul>
        <table class="table">
          <caption class="sr">{WORDS.costBy}</caption>
          <tbody>
            {estimate.costs.map(({ name, dollars: amount }) => (
              <tr>
                <th scope="row">{WORDS.costs[name]}</th>
                <td class="number">{dollars(amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p>{WORDS.atMost(count(purchasesPerSecondMax))}</p>
      </details>
    </>
  );
}
