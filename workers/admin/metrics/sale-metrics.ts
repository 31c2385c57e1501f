import type { SaleSummary } from "../../../durable-objects/spike-monitor/messages.ts";
import type { MetricFamily, Sample } from "../../shared/prometheus.ts";

/** A sale and what is known of it; `summary` is null when its objects could not say. */
export interface WatchedSale {
  id: string;
  title: string;
  summary: SaleSummary | null;
}

type Ledger = SaleSummary["ledger"];

/** How the funnel's counters are named: `funnel.outcome`, some with the filter or code behind it. */
const FUNNEL_COUNTER = /^(token|purchase)\.(attempts|passed|failed|stopped|refused)(?:\.(.+))?$/;
/** How the counters of calls are named: `gate.<number>` or `ledger` is where they went. */
const CALL_COUNTER = /^(gate\.\d+|ledger)\.(calls|purchases)$/;

const MS_PER_SECOND = 1_000;

/**
 * What is measured of sales. Labels take their values from closed lists and from the sales themselves, of
 * which the caller passes a bounded number.
 * @param now epoch milliseconds.
 */
export function saleMetrics(sales: readonly WatchedSale[], now: number): MetricFamily[] {
  return [
    {
      ...gauge("spike_sale_info", "A sale and its title; the value is always 1."),
      samples: sales.map(({ id, title }) => ({ labels: { spike: id, title }, value: 1 })),
    },
    {
      ...gauge("spike_sale_up", "1 when the sale's ledger answered, 0 when it did not."),
      samples: sales.map(({ id, summary }) => ({ labels: { spike: id }, value: summary ? 1 : 0 })),
    },
    ...ledgerMetrics(sales, now),
    ...funnelMetrics(sales),
  ];
}

function ledgerMetrics(sales: readonly WatchedSale[], now: number): MetricFamily[] {
  const ofLedgers = (read: (ledger: Ledger) => Sample[]): Sample[] =>
    sales.flatMap(({ id, summary }) =>
      summary ? read(summary.ledger).map((sample) => withSpike(id, sample)) : [],
    );
  return [
    {
      ...gauge("spike_stock_total_units", "Units the sale was given; available, held and sold add up to it."),
      samples: ofLedgers(({ total }) => [{ value: total }]),
    },
    {
      ...gauge("spike_stock_units", "Where the units are; scheduled ones are not in the total yet."),
      samples: ofLedgers(({ available, held, sold, scheduled }) =>
        labelled("place", { available, held, sold, scheduled }),
      ),
    },
    {
      ...counter("spike_returned_units_total", "Units that came back, from orders cancelled or expired."),
      samples: ofLedgers(({ returned }) => [{ value: returned }]),
    },
    {
      ...gauge("spike_orders", "Orders in the ledger by state."),
      samples: ofLedgers(({ orders }) => labelled("state", orders)),
    },
    {
      ...gauge("spike_paused", "1 while the sale is paused."),
      samples: ofLedgers(({ paused }) => [{ value: paused ? 1 : 0 }]),
    },
    {
      ...gauge("spike_outbox_orders", "Orders whose newest version the order database has not confirmed."),
      samples: ofLedgers(({ unrecorded }) => [{ value: unrecorded }]),
    },
    {
      ...gauge("spike_outbox_lag_seconds", "Age of the oldest change that is not confirmed; 0 when none is."),
      samples: ofLedgers(({ oldestUnrecordedAt: since }) => [
        { value: since === undefined ? 0 : Math.max(0, (now - since) / MS_PER_SECOND) },
      ]),
    },
  ];
}

function funnelMetrics(sales: readonly WatchedSale[]): MetricFamily[] {
  const attempts: Sample[] = [];
  const outcomes: Sample[] = [];
  const calls: Record<"calls" | "purchases", Sample[]> = { calls: [], purchases: [] };
  for (const { id: spike, summary } of sales) {
    for (const [name, value] of Object.entries(summary?.totals ?? {})) {
      const [, funnel, outcome, reason = ""] = FUNNEL_COUNTER.exec(name) ?? [];
      const [, to, what] = CALL_COUNTER.exec(name) ?? [];
      if (funnel && outcome === "attempts") attempts.push({ labels: { spike, funnel }, value });
      else if (funnel && outcome) outcomes.push({ labels: { spike, funnel, outcome, reason }, value });
      else if (to && what) calls[what as keyof typeof calls].push({ labels: { spike, to }, value });
    }
  }
  return [
    {
      ...counter("spike_funnel_attempts_total", "Requests for a purchase token, and purchases."),
      samples: attempts,
    },
    {
      ...counter("spike_funnel_outcomes_total", "How attempts ended; the reason is the filter or the code."),
      samples: outcomes,
    },
    { ...counter("spike_calls_total", "Calls of Workers to gates and ledgers."), samples: calls.calls },
    {
      ...counter("spike_carried_purchases_total", "Purchases that those calls carried."),
      samples: calls.purchases,
    },
  ];
}

const gauge = (name: string, help: string) => ({ name, type: "gauge", help }) as const;
const counter = (name: string, help: string) => ({ name, type: "counter", help }) as const;

const withSpike = (spike: string, { labels, value }: Sample): Sample => ({
  labels: { spike, ...labels },
  value,
});

/** One sample for each entry, its name under this label. */
export const labelled = (label: string, values: Record<string, number>): Sample[] =>
  Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
