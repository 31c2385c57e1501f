import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Shop } from "./hostile/shop.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open(0);
}, 300_000);
afterAll(() => shop.close());

interface Line {
  event: string;
  requestId?: string;
  orders?: string[];
}

/** What `grep` finds in the server's log. */
async function linesWith(text: string): Promise<Line[]> {
  // What stands behind the last line break is only half written, or nothing.
  const lines = (await readFile(shop.server.logFile, "utf8")).split("\n").slice(0, -1);
  return lines
    .filter((line) => line.includes(text))
    .map((line) => JSON.parse(line.slice(line.indexOf("{"))) as Line);
}

it("lets a purchase be followed by one id, from the browser to the database", async () => {
  const spikeId = await shop.putUpSale({ stock: 5 });
  const [person] = shop.people;
  const token = person?.accessToken ?? "";
  const permission = await shop.send("POST", `/api/spikes/${spikeId}/token`, { token });
  const requestId = crypto.randomUUID();
  const bought = await shop.send("POST", `/api/spikes/${spikeId}/purchases/${permission.body.token}`, {
    token,
    headers: { "x-request-id": requestId },
  });
  expect(bought.status).toBe(202);
  expect(bought.headers.get("x-request-id")).toBe(requestId);
  const { orderId } = bought.body as { orderId: string };

  const ways = ["worker_reserved", "gate_reserved", "ledger_reserved", "outbox_sent", "message_recorded"];
  await vi.waitFor(
    async () => {
      const events = (await linesWith(requestId)).map(({ event }) => event);
      // What takes long is sent and recorded again.
      expect(new Set(events)).toEqual(new Set(ways));
    },
    { timeout: 120_000, interval: 100 },
  );
  for (const { orders } of await linesWith(requestId)) expect(orders).toContain(`${requestId} ${orderId}`);

  // What becomes of the order is found by its id, under the id of whoever asked for it.
  const recordings = async () =>
    (await linesWith(orderId)).filter(({ event }) => event === "message_recorded").length;
  const recordedBefore = await recordings();
  const payment = crypto.randomUUID();
  const paid = await shop.send("POST", `/api/orders/${orderId}/payment`, {
    token,
    headers: { "x-request-id": payment },
  });
  expect(paid.status).toBe(200);
  await vi.waitFor(
    async () => {
      expect(await recordings()).toBeGreaterThan(recordedBefore);
      expect((await linesWith(orderId)).map(({ event }) => event)).toContain("worker_paid");
    },
    { timeout: 120_000, interval: 100 },
  );
  expect(await linesWith(payment)).toMatchObject([
    { event: "worker_paid", orders: [`${payment} ${orderId}`] },
  ]);
});

it("tells a refused client the id under which it was refused", async () => {
  const requestId = crypto.randomUUID();
  const refused = await shop.send("GET", "/api/orders", { headers: { "x-request-id": requestId } });
  expect(refused.body).toMatchObject({ code: "unauthenticated", requestId });
});
