import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { reconciliationSchema } from "../../../workers/admin/reconciliation/schemas.ts";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { openSale, type TestSale } from "../order/sale.ts";
import { purchase } from "../spike-stock/spikes.ts";
import { call } from "../support/http.ts";
import { adminBearer } from "../support/tokens.ts";
import { PATIENCE } from "../support/patience.ts";

/* A sale whose orders are recorded, to be damaged, compared and repaired. */

export type Report = ReturnType<(typeof reconciliationSchema)["parse"]> & {
  differences: { orderId: string; kind: string; fields: string[]; outcome: string; reason?: string }[];
};

export const store = openOrderStore(env);

export const path = (spikeId: string) => `/api/admin/spikes/${spikeId}/reconciliation`;

export async function compare(spikeId: string): Promise<Report> {
  return await untilDone(spikeId, (run) => ({ query: run === undefined ? "" : `?run=${run}` }));
}

export async function repair(spikeId: string, body: unknown = {}): Promise<Report> {
  return await untilDone(spikeId, (run) => ({ body: run === undefined ? body : { run } }));
}

/** Goes on with a run until it is done, as admins do: one call takes no longer than a few seconds. */
async function untilDone(
  spikeId: string,
  callFor: (run: string | undefined) => { query?: string; body?: unknown },
): Promise<Report> {
  for (let run: string | undefined; ;) {
    const { query = "", body } = callFor(run);
    const answer = await call<Report>(path(spikeId) + query, { headers: await adminBearer(), body });
    expect(answer.status).toBe(200);
    if (answer.body.state === "done") return answer.body;
    run = answer.body.run;
  }
}

/** A sale with recorded orders: two paid, one cancelled, the others reserved. */
export async function soldSale(orders: number): Promise<TestSale & { orders: OrderSnapshot[] }> {
  const sale = await openSale({ stock: 1_000, holdSeconds: 86_400 });
  const results = [];
  for (let sold = 0; sold < orders; sold += 100) {
    const batch = Array.from({ length: Math.min(100, orders - sold) }, (_, at) =>
      purchase(`user${sold + at}`),
    );
    results.push(...(await sale.ledger.reserve(batch)).results);
  }
  const ids = results.map((result) => (result.ok ? result.orderId : ""));
  for (const at of [0, 1]) await sale.ledger.pay(ids[at] ?? "", `user${at}`, `payment${at}`, 1);
  await sale.ledger.cancel(ids[2] ?? "", "user2");
  await settled(sale);
  return { ...sale, orders: await store.findMany(ids) };
}

export const settled = ({ ledger }: TestSale) =>
  vi.waitFor(async () => expect(await ledger.view()).toMatchObject({ unrecorded: 0 }), PATIENCE);

/** What the database should say: the ledger's own list. */
export async function expectEqual(sale: TestSale): Promise<void> {
  const { orders } = await sale.ledger.orders(0, 1_000);
  const { orders: rows } = await store.page({ spikeId: sale.spikeId }, null, 1_000);
  const byId = (list: OrderSnapshot[]) => list.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1));
  expect(byId(rows)).toEqual(byId(orders));
}

export const change = (orderId: string, assignment: string) =>
  env.DB.prepare(`UPDATE orders SET ${assignment} WHERE id = ?`).bind(orderId).run();
export const remove = (orderId: string) =>
  env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(orderId).run();
/** An order the sale never made, in the place of one that it did. */
export const invented = (order: OrderSnapshot): OrderSnapshot => ({
  ...order,
  orderId: order.orderId.replace(/^([^-]+-[^-]+-)[^-]+/, "$1made0up"),
});
