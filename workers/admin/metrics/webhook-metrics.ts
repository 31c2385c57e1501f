import { and, count, eq, min, sql } from "drizzle-orm";
import { webhookDeliveries, webhookEndpoints } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import type { MetricFamily } from "../../shared/prometheus.ts";

const MS_PER_SECOND = 1_000;

/** What waits for the shop's own systems, and what was given up; `now` in epoch milliseconds. */
export async function webhookMetrics(env: Env, now: number): Promise<MetricFamily[]> {
  const [pending, dead] = await Promise.all([countIn(env, "pending"), countIn(env, "dead")]);
  const oldest = pending.map(({ endpoint, since }) => ({
    labels: { endpoint },
    value: since === null ? 0 : Math.max(0, (now - since) / MS_PER_SECOND),
  }));
  const counts = (rows: typeof pending) =>
    rows.map(({ endpoint, deliveries: value }) => ({ labels: { endpoint }, value }));
  return [
    {
      name: "spike_webhook_pending",
      type: "gauge",
      help: "Events that have not reached an endpoint yet.",
      samples: counts(pending),
    },
    {
      name: "spike_webhook_oldest_pending_seconds",
      type: "gauge",
      help: "Age of the event that has waited longest for an endpoint; 0 when none waits.",
      samples: oldest,
    },
    {
      name: "spike_webhook_dead",
      type: "gauge",
      help: "Events that were given up.",
      samples: counts(dead),
    },
  ];
}

/** One row for each endpoint. The state is literal, so that the index of just these rows is used. */
function countIn(env: Env, state: "pending" | "dead") {
  return database(env)
    .select({
      endpoint: webhookEndpoints.id,
      deliveries: count(webhookDeliveries.subject),
      since: min(webhookDeliveries.createdAt),
    })
    .from(webhookEndpoints)
    .leftJoin(
      webhookDeliveries,
      and(
        eq(webhookDeliveries.endpointId, webhookEndpoints.id),
        sql`${webhookDeliveries.state} = ${sql.raw(`'${state}'`)}`,
      ),
    )
    .groupBy(webhookEndpoints.id);
}
