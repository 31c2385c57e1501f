/** @jsxImportSource hono/jsx/dom */
import { useMemo, useState } from "hono/jsx/dom";
import { Chart, type Line } from "./chart.tsx";
import { type History, KEPT_SECONDS } from "./history.ts";

/** What can be looked at, by its length in seconds. */
const SPANS = [
  { seconds: 60, name: "1 minute" },
  { seconds: 600, name: "10 minutes" },
  { seconds: KEPT_SECONDS, name: "1 hour" },
];
const DEFAULT_SPAN_SECONDS = 600;

const RATE_LINES: Line[] = [
  { label: "Attempts/s", colour: "--ink" },
  { label: "Wins/s", colour: "--signal", isFilled: true },
];
const STOCK_LINES: Line[] = [
  { label: "Left", colour: "--signal", isFilled: true },
  { label: "Held", colour: "--soft" },
  { label: "Sold", colour: "--good" },
];

/** Rates and stock, second by second. `stamp` changes when there is news. */
export function LiveCharts({ history, stamp }: { history: History; stamp: string }) {
  const [span, setSpan] = useState(DEFAULT_SPAN_SECONDS);
  const rates = useMemo(() => history.columns(span, ["purchase.attempts", "purchase.passed"]), [span, stamp]);
  const stock = useMemo(() => history.columns(span, [], ["available", "held", "sold"]), [span, stamp]);
  return (
    <>
      <div class="filter" role="group" aria-label="Time shown">
        {SPANS.map(({ seconds, name }) => (
          <button
            type="button"
            aria-pressed={seconds === span ? "true" : "false"}
            onClick={() => setSpan(seconds)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="charts">
        <Chart title="Rates" lines={RATE_LINES} data={rates} />
        <Chart title="Stock" lines={STOCK_LINES} data={stock} />
      </div>
    </>
  );
}
