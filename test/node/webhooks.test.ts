import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { mintPeople, type Person } from "../../bench/load/people.ts";
import { type OwnServer, startOwnServer } from "../../bench/load/own-server.ts";

/*
 * The whole way on the real server: a purchase, its record, and the shop's own system that hears of it, though
 * it is away at first and the server is killed meanwhile.
 */

const HOUR_MS = 3_600_000;
/** What the crash lost is sent again after half a minute, and a busy machine takes its time on top. */
const PATIENCE = { timeout: 180_000, interval: 200 };

interface Event {
  type: string;
  data: { id: string; state: string; version: number; userId: string };
}

let server: OwnServer;
let person: Person;
let secret = "";
let isAway = false;
const received: Event[] = [];

const shop = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    if (isAway) return response.writeHead(503).end("closed for lunch");
    received.push(new Webhook(secret).verify(body, request.headers as Record<string, string>) as Event);
    return response.writeHead(204).end();
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

beforeAll(async () => {
  server = await startOwnServer({ WEBHOOK_ALLOW_LOOPBACK: "on" });
  const crowd = { count: 1, seed: 3, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: false };
  [person] = (await mintPeople(crowd, Date.now(), () => undefined)) as [Person];
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
}, 300_000);

afterAll(async () => {
  shop.closeAllConnections();
  shop.close();
  await server.stop();
});

async function send<Body>(method: string, path: string, token: string | null, body?: unknown): Promise<Body> {
  const response = await fetch(`${server.target.url}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Body;
}

it("tells the shop of an order in order, through an outage of its own and a crash of ours", async () => {
  const { accessToken: admin } = await send<{ accessToken: string }>(
    "POST",
    "/api/sessions",
    null,
    server.target.admin,
  );
  const { port } = shop.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/hook`;
  ({ secret } = await send<{ secret: string }>("POST", "/api/admin/webhooks", admin, { url }));
  const { id: spikeId } = await send<{ id: string }>("POST", "/api/admin/spikes", admin, {
    ...{ title: "Hooked", description: "", priceMinor: 100, currency: "EUR", stock: 1, maxPerUser: 1 },
    ...{ holdSeconds: 600, accessRules: [] },
    startsAt: new Date(Date.now() - 1_000).toISOString(),
    endsAt: new Date(Date.now() + HOUR_MS).toISOString(),
  });

  isAway = true;
  const token = person.accessToken;
  const permission = await send<{ token: string }>("POST", `/api/spikes/${spikeId}/token`, token);
  const { orderId } = await send<{ orderId: string }>(
    "POST",
    `/api/spikes/${spikeId}/purchases/${permission.token}`,
    token,
  );
  const hooks = await send<{ endpoints: { id: string }[] }>("GET", "/api/admin/webhooks", admin);
  const list = `/api/admin/webhooks/${hooks.endpoints[0]?.id}/deliveries`;
  await vi.waitFor(async () => {
    const { deliveries } = await send<{ deliveries: object[] }>("GET", list, admin);
    // Who looks late finds more attempts than one.
    expect(deliveries).toMatchObject([{ orderId, state: "pending", lastStatus: 503 }]);
  }, PATIENCE);
  await send("POST", `/api/orders/${orderId}/payment`, token);
  await server.crashAndRestart();
  isAway = false;
  // Cron would wake the sender within a minute; the operator does not wait.
  await send("POST", list.replace("deliveries", "replay"), admin);
  await vi.waitFor(() => expect(received).toHaveLength(2), PATIENCE);
  expect(received.map(({ type, data }) => [type, data.id, data.version])).toEqual([
    ["order.reserved", orderId, 1],
    ["order.paid", orderId, 2],
  ]);
}, 400_000);
