import { and, count, desc, eq, gt, lt } from "drizzle-orm";
import { deadLetters, spikes } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import { summarizeSale } from "../../platform/monitor.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { log, messageOf } from "../../shared/log.ts";
import type { MetricFamily, Sample } from "../../shared/prometheus.ts";
import { withTimeLimit } from "../../shared/time-limit.ts";
import { saleMetrics, type WatchedSale } from "./sale-metrics.ts";
import { webhookMetrics } from "./webhook-metrics.ts";

/** Sales in one answer: those that end last. With some 80 series each this stays below 5,000. */
export const METRICS_SPIKES_MAX = 50;
/** Sales are watched from a day before they start until a day after they end, in milliseconds. */
export const WATCHED_MARGIN_MS = 86_400_000;
/** Sales asked at once. */
const ASKED_AT_ONCE = 10;
/** Longest wait for one source, in milliseconds; Prometheus itself gives up after ten seconds. */
const SOURCE_PATIENCE_MS = 2_000;
const MS_PER_SECOND = 1_000;

/** A part of the answer. One that fails is left out and counted, because the others are wanted then all the more. */
export type MetricSource = (env: Env, now: number) => Promise<MetricFamily[]>;

export const METRIC_SOURCES: Record<string, MetricSource> = {
  sales: async (env, now) => saleMetrics(await watchedSales(env, now), now),
  queue: queueMetrics,
  dead_letters: deadLetterMetrics,
  webhooks: webhookMetrics,
};

/** Everything that is measured, as of `now` (epoch milliseconds). Never throws. */
export async function readMetrics(
  env: Env,
  now: number,
  sources: Record<string, MetricSource> = METRIC_SOURCES,
): Promise<MetricFamily[]> {
  const failures: Sample[] = [];
  const parts = await Promise.all(
    Object.entries(sources).map(async ([source, read]) => {
      const families = await orNull(source, read(env, now));
      failures.push({ labels: { source }, value: families ? 0 : 1 });
      return families ?? [];
    }),
  );
  const help = "1 when this part of the metrics could not be read and is missing.";
  return [...parts.flat(), { name: "spike_metrics_missing", type: "gauge", help, samples: failures }];
}

async function orNull<T>(what: string, reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    log.warn("metrics_missing", { what, message: messageOf(error) });
    return null;
  }
}

async function watchedSales(env: Env, now: number): Promise<WatchedSale[]> {
  const rows = await database(env)
    .select({ id: spikes.id, title: spikes.title })
    .from(spikes)
    .where(and(gt(spikes.endsAt, now - WATCHED_MARGIN_MS), lt(spikes.startsAt, now + WATCHED_MARGIN_MS)))
    .orderBy(desc(spikes.endsAt), desc(spikes.id))
    .limit(METRICS_SPIKES_MAX);
  const sales = rows.map((row): WatchedSale => ({ ...row, summary: null }));
  await inParallel(sales, ASKED_AT_ONCE, async (sale) => {
    const summary = withTimeLimit(summarizeSale(env, sale.id), SOURCE_PATIENCE_MS, "The sale's summary");
    sale.summary = await orNull(sale.id, summary);
  });
  return sales;
}

/** How long the queue is, as the platform itself counts it. */
async function queueMetrics({ ORDERS }: Env, now: number): Promise<MetricFamily[]> {
  const { backlogCount, oldestMessageTimestamp: oldest } = await ORDERS.metrics();
  const labels = { queue: "orders" };
  const age = oldest ? Math.max(0, (now - oldest.getTime()) / MS_PER_SECOND) : 0;
  return [
    {
      name: "spike_queue_messages",
      type: "gauge",
      help: "Messages that wait in the queue.",
      samples: [{ labels, value: backlogCount }],
    },
    {
      name: "spike_queue_oldest_message_seconds",
      type: "gauge",
      help: "Age of the message that has waited longest; 0 when none waits.",
      samples: [{ labels, value: age }],
    },
  ];
}

async function deadLetterMetrics(env: Env): Promise<MetricFamily[]> {
  const [row] = await database(env)
    .select({ open: count() })
    .from(deadLetters)
    .where(eq(deadLetters.state, "open"));
  const help = "Messages that could not be recorded and that nobody has dealt with.";
  return [{ name: "spike_dead_letters", type: "gauge", help, samples: [{ value: row?.open ?? 0 }] }];
}
