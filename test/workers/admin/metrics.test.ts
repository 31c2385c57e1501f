import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import {
  METRICS_SPIKES_MAX,
  readMetrics,
  WATCHED_MARGIN_MS,
} from "../../../workers/admin/metrics/metrics.ts";
import { deadLetters } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { reportCounts } from "../../../workers/platform/monitor.ts";
import { toExposition } from "../../../workers/shared/prometheus.ts";
import { request } from "../support/http.ts";
import { buy } from "../support/purchases.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { withoutTimeLimits } from "../support/patience.ts";
import { createSpike } from "../support/spikes.ts";
import { parseExposition } from "../support/exposition.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

afterEach(() => void vi.restoreAllMocks());

const scrape = async () => {
  const headers = await adminBearer();
  const response = await withoutTimeLimits(() => request("/api/admin/metrics", { headers }));
  return { response, metrics: parseExposition(await response.text()) };
};

const read = async (from: Env, now: number) =>
  parseExposition(toExposition(await withoutTimeLimits(() => readMetrics(from, now))));

it("shows a sale's stock, orders, backlog and funnel, well-formed", async () => {
  const { id: spike } = await createSpike({ title: 'Tea "pot" \\ 茶', stock: 10 });
  expect((await buy(spike, { userId: "u-metrics" })).status).toBe(202);
  const second = Math.floor(Date.now() / 1000);
  await reportCounts(env, spike, [
    {
      second,
      counts: { "token.attempts": 7, "token.stopped.open_phase": 4, "purchase.refused.sold_out": 2 },
    },
    { second, counts: { "gate.0.calls": 3, "gate.0.purchases": 9, "made.up": 1 } },
  ]);
  const { response, metrics } = await scrape();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(response.headers.get("cache-control")).toContain("no-store");
  const value = (name: string, labels: Record<string, string> = {}) =>
    metrics.get(name, { spike, ...labels });
  expect(value("spike_sale_info", { title: 'Tea "pot" \\ 茶' })).toBe(1);
  expect(value("spike_sale_up")).toBe(1);
  expect(value("spike_stock_total_units")).toBe(10);
  expect(value("spike_stock_units", { place: "available" })).toBe(9);
  expect(value("spike_stock_units", { place: "held" })).toBe(1);
  expect(value("spike_orders", { state: "reserved" })).toBe(1);
  expect(value("spike_paused")).toBe(0);
  expect(value("spike_outbox_lag_seconds")).toBeGreaterThanOrEqual(0);
  expect(value("spike_funnel_attempts_total", { funnel: "token" })).toBeGreaterThanOrEqual(7);
  const stopped = { funnel: "token", outcome: "stopped", reason: "open_phase" };
  expect(value("spike_funnel_outcomes_total", stopped)).toBeGreaterThanOrEqual(4);
  const refused = { funnel: "purchase", outcome: "refused", reason: "sold_out" };
  expect(value("spike_funnel_outcomes_total", refused)).toBeGreaterThanOrEqual(2);
  expect(value("spike_calls_total", { to: "gate.0" })).toBeGreaterThanOrEqual(3);
  expect(value("spike_carried_purchases_total", { to: "gate.0" })).toBeGreaterThanOrEqual(9);
  expect(metrics.get("spike_metrics_missing", { source: "sales" })).toBe(0);
});

it("counts the dead letters that nobody has dealt with", async () => {
  const before = (await scrape()).metrics.get("spike_dead_letters") ?? Number.NaN;
  const letter = { queue: "spike-orders", body: "{}", reason: "test", attempts: 1, createdAt: 1 };
  await database(env)
    .insert(deadLetters)
    .values([
      { ...letter, id: "open" },
      { ...letter, id: "done", replayedAt: 2, state: "replayed" },
    ]);
  expect((await scrape()).metrics.get("spike_dead_letters")).toBe(before + 1);
});

it("counts what waits for webhook endpoints, and what was given up", async () => {
  const now = Date.now();
  await env.DB.batch([
    env.DB.prepare("INSERT INTO webhook_endpoints VALUES ('wh1', 'https://a.example', '[]', 1, '[]', 1, 1)"),
    env.DB.prepare("INSERT INTO webhook_endpoints VALUES ('wh2', 'https://b.example', '[]', 1, '[]', 1, 1)"),
    ...["pending", "pending", "dead", "delivered"].map((state, n) =>
      env.DB.prepare(
        `INSERT INTO webhook_deliveries (endpoint_id, subject, version, event_type, payload, state, attempts,
           next_attempt_at, created_at) VALUES ('wh1', ?, 1, 'order.paid', '{}', ?, 0, 0, ?)`,
      ).bind(`o${n}`, state, now - 60_000),
    ),
  ]);
  const metrics = await read(env, now);
  expect(metrics.get("spike_webhook_pending", { endpoint: "wh1" })).toBe(2);
  expect(metrics.get("spike_webhook_oldest_pending_seconds", { endpoint: "wh1" })).toBe(60);
  expect(metrics.get("spike_webhook_dead", { endpoint: "wh1" })).toBe(1);
  expect(metrics.get("spike_webhook_pending", { endpoint: "wh2" })).toBe(0);
});

it("is for admins alone", async () => {
  expect((await request("/api/admin/metrics")).status).toBe(401);
  expect((await request("/api/admin/metrics", { headers: await bearer() })).status).toBe(403);
});

it("shows the other parts when one cannot be read", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const metrics = await read(observedDatabase("down").env, Date.now());
  expect(metrics.get("spike_metrics_missing", { source: "sales" })).toBe(1);
  expect(metrics.get("spike_metrics_missing", { source: "dead_letters" })).toBe(1);
  expect(String(warn.mock.calls[0]?.[0])).toContain("metrics_missing");
});

it("shows a sale whose ledger is silent as down, and the others as ever", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const { id: silent } = await createSpike();
  const { id: other } = await createSpike();
  const SPIKE_MONITOR = new Proxy(env.SPIKE_MONITOR, {
    get(target, name) {
      if (name !== "get")
        return (Reflect.get(target, name) as (...values: unknown[]) => unknown).bind(target);
      return (id: DurableObjectId) =>
        id.equals(target.idFromName(silent))
          ? { summary: () => Promise.reject(new Error("the object is away")) }
          : target.get(id);
    },
  });
  const metrics = await read({ ...env, SPIKE_MONITOR }, Date.now());
  expect(metrics.get("spike_sale_up", { spike: silent })).toBe(0);
  expect(metrics.get("spike_stock_total_units", { spike: silent })).toBeUndefined();
  expect(metrics.get("spike_sale_up", { spike: other })).toBe(1);
});

it("tells how long the queue is where the platform knows", async () => {
  const now = Date.now();
  const ORDERS = {
    metrics: async () => ({
      backlogCount: 12,
      backlogBytes: 1,
      oldestMessageTimestamp: new Date(now - 3_000),
    }),
  } as unknown as Queue;
  const metrics = await read({ ...env, ORDERS }, now);
  expect(metrics.get("spike_queue_messages", { queue: "orders" })).toBe(12);
  expect(metrics.get("spike_queue_oldest_message_seconds", { queue: "orders" })).toBe(3);
});

it("watches a bounded number of sales, and only those of these days", async () => {
  const statement = env.DB.prepare(
    `INSERT INTO spikes (id, version, title, description, price_minor, currency, stock, max_per_user, starts_at, ends_at,
       hold_seconds, access_rules, created_at, updated_at)
     SELECT 'many' || value, 1, 'Many', '', 1, 'EUR', 1, 1, ?2, ?2 + value, 60, '[]', 1, 1
     FROM json_each(?1)`,
  );
  const now = Date.now();
  const numbers = JSON.stringify(Array.from({ length: METRICS_SPIKES_MAX + 1 }, (_, n) => n));
  await statement.bind(numbers, now + WATCHED_MARGIN_MS - 1_000_000).run();
  await env.DB.prepare("UPDATE spikes SET ends_at = ? WHERE id = 'many0'")
    .bind(now - WATCHED_MARGIN_MS)
    .run();
  const { metrics } = await scrape();
  const watched = metrics.series
    .filter(({ name }) => name === "spike_sale_up")
    .map(({ labels }) => labels["spike"]);
  expect(watched).toHaveLength(METRICS_SPIKES_MAX);
  expect(watched).not.toContain("many0");
  expect(watched).toContain(`many${METRICS_SPIKES_MAX}`);
});
