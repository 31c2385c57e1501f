import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  DEAD_KEPT_MS,
  DELIVERED_KEPT_MS,
  purgeDeliveries,
} from "../../../workers/admin/webhooks/deliveries.ts";
import { ENDPOINT_PAUSE_MIN_MS } from "../../../durable-objects/webhook-sender/schedule.ts";
import { tendWebhooks } from "../../../workers/admin/webhooks/jobs.ts";
import { WEBHOOK_ENDPOINTS_MAX } from "../../../workers/shared/webhook.ts";
import { call } from "../support/http.ts";
import { adminBearer, bearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";
import { type Received, shopServer, verified } from "./endpoint.ts";
import { PATIENCE } from "../support/patience.ts";

const URL_OF_SHOP = "https://shop.example.com/hook";
const NOWHERE = "/api/admin/webhooks/whnobody";

let answer: (received: Received) => Response;
let received: Received[];

beforeEach(() => {
  answer = () => new Response(null, { status: 204 });
  const shop = shopServer((one) => answer(one));
  received = shop.received;
  // The sender lives in this isolate, so what it sends is seen here.
  vi.spyOn(globalThis, "fetch").mockImplementation(shop.outside.fetch);
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await env.DB.batch([
    env.DB.prepare("DELETE FROM webhook_endpoints"),
    env.DB.prepare("DELETE FROM webhook_deliveries"),
  ]);
});

const admin = async (method: string, path: string, body?: unknown) =>
  call(path, { method, headers: await adminBearer(), ...(body !== undefined && { body }) });

async function create(terms: Record<string, unknown> = {}) {
  const { status, body } = await admin("POST", "/api/admin/webhooks", { url: URL_OF_SHOP, ...terms });
  expect(status).toBe(201);
  const { endpoint, secret } = body as { endpoint: { id: string }; secret: string };
  return { id: endpoint.id, secret, path: `/api/admin/webhooks/${endpoint.id}`, endpoint };
}

const senderOf = (id: string) => env.WEBHOOK_SENDER.get(env.WEBHOOK_SENDER.idFromName(id));

/** Lets the sender's alarm ring if it is set: the platform may have been quicker. */
async function ring(id: string): Promise<void> {
  await runDurableObjectAlarm(senderOf(id));
}

interface Delivery {
  id: string;
  event: string;
  state: string;
  attempts: number;
}

async function deliveries(path: string, query = ""): Promise<Delivery[]> {
  const { body } = await admin("GET", `${path}/deliveries${query}`);
  return (body as { deliveries: Delivery[] }).deliveries;
}

describe("an endpoint", () => {
  it("is made with a secret that is shown once, and wants all events unless told", async () => {
    const { path, secret, endpoint } = await create();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).toMatchObject({
      ...{ url: URL_OF_SHOP, enabled: true },
      events: ["order.reserved", "order.paid", "order.cancelled", "order.expired"],
    });
    for (const place of [path, "/api/admin/webhooks"]) {
      const text = JSON.stringify((await admin("GET", place)).body);
      expect(text).toContain(URL_OF_SHOP);
      expect(text).not.toContain("whsec_");
    }
  });

  it("is changed, and deleted with what was waiting for it", async () => {
    const { id, path } = await create();
    const changed = await admin("PATCH", path, { events: ["order.paid"], enabled: false });
    expect(changed.body).toMatchObject({ url: URL_OF_SHOP, events: ["order.paid"], enabled: false });
    await admin("POST", `${path}/ping`);
    expect((await admin("DELETE", path)).status).toBe(204);
    expect((await admin("GET", path)).status).toBe(404);
    const { results } = await env.DB.prepare("SELECT 1 FROM webhook_deliveries").all();
    expect(results).toEqual([]);
    expect((await trailOf(id)).map(({ action }) => action)).toEqual([
      "webhook.create",
      "webhook.update",
      "webhook.delete",
    ]);
  });

  it.each([
    [{ url: "http://shop.example.com/" }, "url"],
    [{ url: "https://169.254.169.254/" }, "url"],
    [{ url: URL_OF_SHOP, events: [] }, "events"],
    [{ url: URL_OF_SHOP, events: ["order.paid", "order.paid"] }, "events"],
    [{ url: URL_OF_SHOP, events: ["order.lost"] }, "events.0"],
    [{ url: `https://shop.example.com/${"x".repeat(2_048)}` }, "url"],
  ])("is not made from %j", async (terms, path) => {
    const { status, body } = await admin("POST", "/api/admin/webhooks", terms);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_request", errors: [{ path }] });
  });

  it("cannot be moved to a private address either, nor changed into nothing", async () => {
    const { path } = await create();
    expect((await admin("PATCH", path, { url: "https://10.0.0.1/" })).status).toBe(400);
    expect((await admin("PATCH", path, {})).status).toBe(400);
  });

  it(`is one of ${WEBHOOK_ENDPOINTS_MAX} at most`, async () => {
    for (let n = 0; n < WEBHOOK_ENDPOINTS_MAX; n++) await create();
    const { status, body } = await admin("POST", "/api/admin/webhooks", { url: URL_OF_SHOP });
    expect(status).toBe(400);
    expect((body as { detail: string }).detail).toContain("20 endpoints already");
  });
});

describe("a secret", () => {
  it("is replaced by another; both sign for a day, or as long as is said", async () => {
    const { id, path, secret: old } = await create();
    const before = Date.now();
    const { body } = await admin("POST", `${path}/rotate`, { overlapSeconds: 60 });
    const { secret, oldSecretUntil } = body as { secret: string; oldSecretUntil: string };
    expect(secret).not.toBe(old);
    expect(Date.parse(oldSecretUntil) - before).toBeLessThan(70_000);
    await admin("POST", `${path}/ping`);
    await ring(id);
    await vi.waitFor(() => expect(received).toHaveLength(1), PATIENCE);
    for (const known of [old, secret]) expect(verified(known, received[0] as Received)).toBeDefined();
    expect(JSON.stringify(await trailOf(id))).not.toContain("whsec_");
    const day = await admin("POST", `${path}/rotate`, {});
    const until = Date.parse((day.body as { oldSecretUntil: string }).oldSecretUntil);
    expect(Math.abs(until - Date.now() - 86_400_000)).toBeLessThan(60_000);
  });

  it("that has leaked stops signing at once, and three at most are in force", async () => {
    const { id, path, secret: leaked } = await create();
    await admin("POST", `${path}/rotate`, { overlapSeconds: 0 });
    for (let n = 0; n < 4; n++) await admin("POST", `${path}/rotate`, {});
    await admin("POST", `${path}/ping`);
    await ring(id);
    await vi.waitFor(() => expect(received).toHaveLength(1), PATIENCE);
    const [ping] = received as [Received];
    expect(() => verified(leaked, ping)).toThrow("signature");
    expect(ping.headers["webhook-signature"]?.split(" ")).toHaveLength(3);
  });
});

describe("a trial", () => {
  it("arrives like any event, and the list says how it went", async () => {
    const { id, path, secret } = await create();
    const { status, body } = await admin("POST", `${path}/ping`);
    expect(status).toBe(202);
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(1),
      PATIENCE,
    );
    const { deliveryId } = body as { deliveryId: string };
    expect(await deliveries(path)).toMatchObject([
      { id: deliveryId, event: "webhook.ping", state: "delivered", attempts: 1 },
    ]);
    expect(received[0]?.headers["webhook-id"]).toBe(deliveryId);
    expect(verified(secret, received[0] as Received)).toMatchObject({ type: "webhook.ping" });
  });
});

describe("a delivery that was given up", () => {
  const giveUp = () => env.DB.prepare("UPDATE webhook_deliveries SET state = 'dead', attempts = 8").run();

  it("is replayed alone, with the id it had", async () => {
    const { id, path } = await create();
    const { deliveryId } = (await admin("POST", `${path}/ping`)).body as { deliveryId: string };
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(1),
      PATIENCE,
    );
    await giveUp();
    expect((await admin("POST", `${path}/deliveries/${deliveryId}/replay`)).status).toBe(202);
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(1),
      PATIENCE,
    );
    expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([deliveryId, deliveryId]);
    expect((await trailOf(id)).at(-1)).toMatchObject({ action: "webhook.replay", details: { deliveryId } });
    for (const wrong of ["nothing", "a_1", `${deliveryId}0`]) {
      expect((await admin("POST", `${path}/deliveries/${wrong}/replay`)).status).toBe(404);
    }
  });

  it("is replayed with all others; a second time there is nothing left to do", async () => {
    const { id, path } = await create();
    for (let n = 0; n < 3; n++) await admin("POST", `${path}/ping`);
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(3),
      PATIENCE,
    );
    await giveUp();
    expect((await admin("POST", `${path}/replay`)).body).toEqual({ replayed: 3 });
    expect((await admin("POST", `${path}/replay`)).body).toEqual({ replayed: 0 });
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(3),
      PATIENCE,
    );
  });
});

describe("an endpoint that is silent", () => {
  it("is left alone though more is due, until an operator asks again", async () => {
    const { id, path } = await create();
    answer = () => new Response(null, { status: 500 });
    const pausedUntil = Date.now() + ENDPOINT_PAUSE_MIN_MS;
    await admin("POST", `${path}/ping`);
    await ring(id);
    // Until the sender has written down how it went it would overwrite what stands here next.
    const failed = [{ state: "pending", attempts: 1 }];
    await vi.waitFor(async () => expect(await deliveries(path)).toMatchObject(failed), PATIENCE);
    await env.DB.prepare("UPDATE webhook_deliveries SET next_attempt_at = 0").run();
    await senderOf(id).wake(id, false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // On a machine that is so slow the pause may be over.
    expect(received.length === 1 || Date.now() >= pausedUntil).toBe(true);
    answer = () => new Response(null, { status: 200 });
    await admin("POST", `${path}/ping`);
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(2),
      PATIENCE,
    );
  });
});

describe("cron", () => {
  it("wakes a sender that was not told", async () => {
    const { id, path } = await create();
    await env.DB.prepare(
      `INSERT INTO webhook_deliveries (endpoint_id, subject, version, event_type, payload, state, attempts,
         next_attempt_at, created_at) VALUES (?, 'lost', 1, 'order.paid', '{"type":"order.paid"}', 'pending', 0, 0, ?)`,
    )
      .bind(id, Date.now())
      .run();
    await tendWebhooks(env, Date.now());
    await ring(id);
    await vi.waitFor(
      async () => expect(await deliveries(path, "?state=delivered")).toHaveLength(1),
      PATIENCE,
    );
  });

  it("forgets what is old, and nothing that waits", async () => {
    const { id, path } = await create({ enabled: false });
    const now = Date.now();
    const age = (state: string, ms: number) =>
      env.DB.prepare(
        `INSERT INTO webhook_deliveries (endpoint_id, subject, version, event_type, payload, state, attempts,
           next_attempt_at, created_at) VALUES (?, ?, 1, 'order.paid', '{}', ?, 0, 0, ?)`,
      ).bind(id, `${state}-${ms}`, state, now - ms);
    await env.DB.batch([
      ...[DELIVERED_KEPT_MS, DELIVERED_KEPT_MS + 1].map((ms) => age("delivered", ms)),
      ...[DEAD_KEPT_MS, DEAD_KEPT_MS + 1].map((ms) => age("dead", ms)),
      age("pending", DEAD_KEPT_MS * 2),
    ]);
    await purgeDeliveries(env, id, now);
    expect((await deliveries(path)).map(({ id: delivery }) => delivery).toSorted()).toEqual(
      [
        `dead-${DEAD_KEPT_MS}_1`,
        `delivered-${DELIVERED_KEPT_MS}_1`,
        `pending-${DEAD_KEPT_MS * 2}_1`,
      ].toSorted(),
    );
  });
});

describe("the list of deliveries", () => {
  it("comes in pages, the newest first", async () => {
    const { id, path } = await create({ enabled: false });
    await env.DB.prepare(
      `INSERT INTO webhook_deliveries (endpoint_id, subject, version, event_type, payload, state, attempts,
         next_attempt_at, created_at)
       SELECT ?1, 'order' || value, 1, 'order.paid', '{}', 'pending', 0, 0, 1000 + value / 2 FROM json_each(?2)`,
    )
      .bind(id, JSON.stringify(Array.from({ length: 51 }, (_, n) => n)))
      .run();
    const first = (await admin("GET", `${path}/deliveries`)).body as {
      deliveries: Delivery[];
      nextCursor: string;
    };
    expect(first.deliveries).toHaveLength(50);
    const second = (await admin("GET", `${path}/deliveries?cursor=${first.nextCursor}`)).body as {
      deliveries: Delivery[];
      nextCursor?: string;
    };
    const ids = [...first.deliveries, ...second.deliveries].map((delivery) => delivery.id);
    expect(new Set(ids).size).toBe(51);
    expect(second.nextCursor).toBeUndefined();
  });
});

it.each([
  ["GET", "/api/admin/webhooks"],
  ["POST", "/api/admin/webhooks"],
  ["GET", NOWHERE],
  ["PATCH", NOWHERE],
  ["DELETE", NOWHERE],
  ["POST", `${NOWHERE}/rotate`],
  ["POST", `${NOWHERE}/ping`],
  ["GET", `${NOWHERE}/deliveries`],
  ["POST", `${NOWHERE}/replay`],
  ["POST", `${NOWHERE}/deliveries/x_1/replay`],
])("%s %s is for admins alone, and knows no endpoint that is not there", async (method, path) => {
  expect((await call(path, { method })).status).toBe(401);
  expect((await call(path, { method, headers: await bearer() })).status).toBe(403);
  if (path !== "/api/admin/webhooks") {
    const body = method === "PATCH" ? { enabled: true } : method === "POST" ? {} : undefined;
    expect((await admin(method, path, body)).status).toBe(404);
  }
});
