/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { formatDuration } from "../../../workers/pages/format.ts";
import { count, Field, LANGUAGE, rate } from "../shared/parts.tsx";
import { ASSUMPTIONS, type CapacityEstimate, estimateCapacity } from "./capacity.ts";
import type { Draft } from "./draft.ts";

const DEFAULT_SHOPPERS = 10_000;
const DEFAULT_WINDOW_SECONDS = 60;

const dollars = (amount: number) =>
  new Intl.NumberFormat(LANGUAGE, { style: "currency", currency: "USD" }).format(amount);

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
      <h2 id="estimate-title">Capacity estimate</h2>
      <div class="pair">
        <Field id="crowd" label="Expected crowd">
          <input id="crowd" type="number" min={1} value={String(shoppers)} onInput={number(setShoppers)} />
        </Field>
        <Field id="window" label="Within seconds">
          <input
            id="window"
            type="number"
            min={1}
            value={String(windowSeconds)}
            onInput={number(setWindow)}
          />
        </Field>
      </div>
      {isComplete ? (
        <Estimate estimate={estimateCapacity(forecast)} />
      ) : (
        <p>Fill in stock and time to pay.</p>
      )}
    </section>
  );
}

function Estimate({ estimate }: { estimate: CapacityEstimate }) {
  const { sellOutSeconds, peakRequestsPerSecond, gates, purchasesPerSecondMax, totalDollars } = estimate;
  return (
    <>
      <dl class="figures" aria-live="polite">
        <div>
          <dt>Gates</dt>
          <dd>{count(gates)}</dd>
        </div>
        <div>
          <dt>Requests/s at the peak</dt>
          <dd>{rate(peakRequestsPerSecond)}</dd>
        </div>
        <div>
          <dt>Sold out after</dt>
          <dd class="words">
            {sellOutSeconds === null ? "Crowd too small" : formatDuration(LANGUAGE, sellOutSeconds)}
          </dd>
        </div>
        <div>
          <dt>Platform cost</dt>
          <dd>{dollars(totalDollars)}</dd>
        </div>
      </dl>
      <details>
        <summary>What this takes for granted</summary>
        <ul class="plain">
          {ASSUMPTIONS.map((assumption) => (
            <li>{assumption}</li>
          ))}
        </ul>
        <table class="table">
          <caption class="sr">Cost by what is paid for</caption>
          <tbody>
            {estimate.costs.map(({ name, dollars: amount }) => (
              <tr>
                <th scope="row">{name}</th>
                <td class="number">{dollars(amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p>At most {count(purchasesPerSecondMax)} purchases a second get through with that many gates.</p>
      </details>
    </>
  );
}
