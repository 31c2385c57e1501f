import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { HOSTILE, type Receivers, startReceivers } from "./receivers.ts";
import { Shop } from "./shop.ts";

/*
 * A good receiver among as many hostile ones as a shop may have, on the real server: the good one hears of everything,
 * and no other costs more than its own events.
 */

const PAYMENT_MS = 5;
const ORDERS = 20;
const PATIENCE = { timeout: 180_000, interval: 200 };
/** What the server may grow by while it is poured into, in bytes: no more than it takes to hear of all orders. */
const GROWTH_MAX_BYTES = 300_000_000;

interface Event {
  type: string;
  data: { id: string; version: number };
}

interface Delivery {
  state: string;
  attempts: number;
  lastStatus?: number;
  lastError?: string;
}

let shop: Shop;
let receivers: Receivers;
let secret = "";
const heard: Event[] = [];
const forged: string[] = [];

beforeAll(async () => {
  shop = await Shop.open(PAYMENT_MS, { WEBHOOK_ALLOW_LOOPBACK: "on" });
  receivers = await startReceivers((request, body, response) => {
    if (request.url === "/good") {
      try {
        heard.push(new Webhook(secret).verify(body, request.headers as Record<string, string>) as Event);
      } catch (error) {
        forged.push(String(error));
      }
    }
    response.writeHead(204).end();
  });
}, 300_000);
afterAll(async () => {
  receivers.close();
  await shop.close();
});

async function openEndpoint(name: string): Promise<{ id: string; secret: string }> {
  const { status, body } = await shop.operate("POST", "webhooks", { url: `${receivers.url}/${name}` });
  expect(status).toBe(201);
  return { id: String(body.endpoint.id), secret: String(body.secret) };
}

/** 0 where the system does not say. */
const rssBytes = () => shop.server.target.usage?.()?.rssBytes ?? 0;

const deliveriesTo = async (id: string) =>
  (await shop.operate("GET", `webhooks/${id}/deliveries`)).body.deliveries as Delivery[];

it("tells a good receiver of everything, in order, whatever the others do", async () => {
  const endpoints = new Map<string, string>();
  for (const name of Object.keys(HOSTILE)) endpoints.set(name, (await openEndpoint(name)).id);
  const good = await openEndpoint("good");
  secret = good.secret;
  const rssBefore = rssBytes();
  const spikeId = await shop.putUpSale({ stock: ORDERS });
  const orderIds = new Set<string>();
  for (const person of shop.people.slice(0, ORDERS)) {
    const orderId = await shop.reserve(spikeId, person);
    orderIds.add(orderId);
    expect((await shop.pay(orderId, person)).status).toBe(200);
  }
  const paid = () => new Set(heard.filter(({ type }) => type === "order.paid").map(({ data }) => data.id));
  await vi.waitFor(() => expect(paid()).toEqual(orderIds), PATIENCE);
  expect(forged).toEqual([]);
  for (const events of Map.groupBy(heard, ({ data }) => data.id).values()) {
    const versions = events.map(({ data }) => data.version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  }

  const outcomeOf = async (name: string) => {
    const all = await deliveriesTo(endpoints.get(name) ?? "");
    const { state, lastStatus, lastError } = all.find(({ attempts }) => attempts > 0) ?? { state: "none" };
    expect(lastError?.length ?? 0).toBeLessThan(1_000);
    return { state, ...(lastStatus !== undefined && { lastStatus }) };
  };
  const pending = { state: "pending" };
  const expected: Record<string, object> = {
    ...{ "never-answers": pending, "drips-its-headers": pending, "continues-for-ever": pending },
    "drips-its-refusal": { ...pending, lastStatus: 500 },
    "never-ends": { ...pending, lastStatus: 500 },
    "never-ends-its-thanks": { state: "delivered", lastStatus: 200 },
    "sends-a-gigabyte": { ...pending, lastStatus: 503 },
    "sends-a-bomb": { ...pending, lastStatus: 500 },
    ...{
      "sends-endless-headers": pending,
      "hangs-up": pending,
      "breaks-off": pending,
      "speaks-no-http": pending,
    },
    "redirects-to-itself": { ...pending, lastStatus: 307 },
    "redirects-to-the-cloud": { ...pending, lastStatus: 302 },
    "redirects-to-this-machine": { ...pending, lastStatus: 308 },
    "is-gone": { ...pending, lastStatus: 410 },
    "is-busy": { ...pending, lastStatus: 429 },
    "complains-in-bytes": { ...pending, lastStatus: 500 },
  };
  expect(Object.keys(expected).toSorted()).toEqual(Object.keys(HOSTILE).toSorted());
  for (const [name, outcome] of Object.entries(expected)) {
    await vi.waitFor(
      async () => expect({ name, ...(await outcomeOf(name)) }).toEqual({ name, ...outcome }),
      PATIENCE,
    );
  }
  expect(receivers.asked.get("stolen")).toBeUndefined();
  // Who asked for ten minutes has been asked by those requests alone that were on their way by then.
  expect(receivers.asked.get("is-busy")).toBeLessThanOrEqual(8);
  expect(rssBytes() - rssBefore).toBeLessThan(GROWTH_MAX_BYTES);
}, 400_000);
