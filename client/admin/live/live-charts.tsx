/** @jsxImportSource hono/jsx/dom */
import { useMemo, useState } from "hono/jsx/dom";
import { Chart, type Line } from "./chart.tsx";
import { type History, KEPT_SECONDS } from "./history.ts";
import { WORDS as LIVE_WORDS } from "./words.ts";

const WORDS = LIVE_WORDS.charts;

/** What can be looked at, by its length in seconds. */
const SPANS = [
  { seconds: 60, name: WORDS.minute },
  { seconds: 600, name: WORDS.tenMinutes },
  { seconds: KEPT_SECONDS, name: WORDS.hour },
];
const DEFAULT_SPAN_SECONDS = 600;

const RATE_LINES: Line[] = [
  { label: LIVE_WORDS.figures.attempts, colour: "--ink" },
  { label: LIVE_WORDS.figures.wins, colour: "--signal", isFilled: true },
];
const STOCK_LINES: Line[] = [
  { label: WORDS.left, colour: "--signal", isFilled: true },
  { label: WORDS.held, colour: "--soft" },
  { label: WORDS.sold, colour: "--good" },
];

/** Rates and stock, second by second. `stamp` changes when there is news. */
export function LiveCharts({ history, stamp }: { history: History; stamp: string }) {
  const [span, setSpan] = useState(DEFAULT_SPAN_SECONDS);
  const rates = useMemo(() => history.columns(span, ["purchase.attempts", "purchase.passed"]), [span, stamp]);
  const stock = useMemo(() => history.columns(span, [], ["available", "held", "sold"]), [span, stamp]);
  return (
    <>
      <div class="filter" role="group" aria-label={WORDS.span}>
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
        <Chart title={WORDS.rates} lines={RATE_LINES} data={rates} />
        <Chart title={WORDS.stock} lines={STOCK_LINES} data={stock} />
      </div>
    </>
  );
}
