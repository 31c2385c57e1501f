import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { deadLetters } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { request } from "../support/http.ts";
import { definition, inMinutes } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";
import { ApiDocument } from "./document.ts";
import { PATIENCE } from "../support/patience.ts";

/*
 * Everybody's way through the API, in the order of a sale. Each answer is held against `/openapi.json`:
 * its status, its media type, every field and its type, and no field that is not named there.
 */

const SWITCHING_PROTOCOLS = 101;
const PASSWORD = "grüne Äpfel im Korb";
/** Only for browsers and other machines; what they answer is not JSON that a schema describes. */
const NOT_WALKED = new Set(["GET /openapi.json"]);

let document: ApiDocument;
const walked = new Set<string>();
const faults: string[] = [];

beforeAll(async () => {
  document = await ApiDocument.read();
  const admin = await adminBearer();
  await walkAsShopper(admin);
  await walkAsAdmin(admin);
});

/** Sends a request and notes what of its answer the document does not say. */
async function observe(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Response> {
  const response = await request(path, { method, ...options });
  const operation = document.operationOf(method, path);
  if (!operation) throw new Error(`${method} ${path} is not documented`);
  const fault = await document.faultOf(operation, response);
  if (fault !== null) faults.push(fault);
  if (response.ok || response.status === SWITCHING_PROTOCOLS) walked.add(operation);
  return response;
}

const json = async <Body>(answer: Promise<Response>): Promise<Body> => (await answer).json<Body>();

async function walkAsShopper(admin: { authorization: string }): Promise<void> {
  await observe("GET", "/health");
  const credentials = { username: "walker", password: PASSWORD };
  await observe("POST", "/api/users", { body: { ...credentials, password: "short" } });
  await observe("POST", "/api/users", { body: credentials });
  await observe("POST", "/api/sessions", { body: { ...credentials, password: "wrong password" } });
  const login = await observe("POST", "/api/sessions", { body: credentials });
  const [cookie = ""] = (login.headers.getSetCookie()[0] ?? "").split(";");
  const refreshed = await observe("POST", "/api/sessions/refresh", { headers: { cookie } });
  await observe("POST", "/api/sessions/refresh", { headers: { cookie } });
  await observe("DELETE", "/api/sessions");
  const { accessToken } = await refreshed.json<{ accessToken: string }>();
  const headers = { authorization: `Bearer ${accessToken}` };
  await observe("GET", "/api/users/me", { headers });
  await observe("GET", "/api/users/me");

  const rich = definition({
    imageUrl: "/kettle.png",
    originalPriceMinor: 2_900,
    accessRules: [{ kind: "all", rules: [{ kind: "not", rule: { kind: "min_tier", tier: 99 } }] }],
  });
  const { id } = await json<{ id: string }>(
    observe("POST", "/api/admin/spikes", { headers: admin, body: rich }),
  );
  const spike = `/api/spikes/${id}`;
  for (const path of ["/api/spikes", spike, `${spike}/stock`]) {
    const { headers: answered } = await observe("GET", path);
    await observe("GET", path, { headers: { "if-none-match": answered.get("etag") ?? "" } });
  }
  await observe("GET", "/api/spikes/nosuchspike0");
  await observe("GET", `${spike}/access`, { headers });
  const { token } = await json<{ token: string }>(observe("POST", `${spike}/token`, { headers }));
  const buy = (key: string) =>
    json<{ orderId: string; poll: string }>(
      observe("POST", `${spike}/purchases/${token}`, { headers: { ...headers, "idempotency-key": key } }),
    );
  const [paid, cancelled] = [await buy("one"), await buy("two")];
  await observe("GET", paid.poll, { headers });
  await observe("POST", `${paid.poll}/payment`, { headers });
  await observe("POST", `${cancelled.poll}/cancellation`, { headers });
  await observe("POST", `${cancelled.poll}/payment`, { headers });
  await vi.waitFor(async () => {
    const { orders } = await json<{ orders: unknown[] }>(observe("GET", "/api/orders", { headers }));
    expect(orders).toHaveLength(2);
  }, PATIENCE);
  await observe("GET", paid.poll, { headers });
  await observe("GET", "/api/orders?state=nonsense", { headers });
  await observe("GET", paid.poll, { headers: await bearer({ userId: "stranger" }) });
}

async function walkAsAdmin(headers: { authorization: string }): Promise<void> {
  const admin = (method: string, path: string, body?: unknown) =>
    observe(method, `/api/admin/${path}`, { headers, body });
  const upcoming = definition({ startsAt: inMinutes(60), endsAt: inMinutes(120) });
  const { id } = await json<{ id: string }>(admin("POST", "spikes", upcoming));
  await admin("POST", "spikes", { ...upcoming, stock: 0 });
  await admin("GET", "spikes");
  await admin("GET", `spikes/${id}`);
  await admin("PATCH", `spikes/${id}`, { title: "Copper kettle", originalPriceMinor: null });
  for (const verb of ["pause", "resume"]) await admin("POST", `spikes/${id}/${verb}`);
  await admin("POST", `spikes/${id}/restock`, { quantity: 5 });
  await admin("POST", `spikes/${id}/waves`, { waves: [{ at: inMinutes(70), quantity: 3 }] });
  await admin("GET", `spikes/${id}/ledger`);
  await admin("GET", `spikes/${id}/live`);
  const upgrade = { ...headers, upgrade: "websocket" };
  const { webSocket } = await observe("GET", `/api/admin/spikes/${id}/live`, { headers: upgrade });
  webSocket?.accept();
  webSocket?.close();
  await admin("GET", "orders");
  await admin("GET", "orders.csv");
  await admin("PUT", "blacklist/user/u-bad", { reason: "a bot", expiresAt: inMinutes(1) });
  await admin("PUT", "blacklist/ip/203.0.113.77", { reason: "a bot" });
  await admin("GET", "blacklist");
  await admin("GET", "blacklist/user/u-bad");
  await admin("DELETE", "blacklist/user/u-bad");
  await admin("GET", "blacklist/user/u-bad");
  await admin("GET", "settings");
  await admin("PUT", "settings", { overloadFactor: 3 });
  for (const place of ["settings", `spikes/${id}/settings`]) {
    await admin("GET", place);
    await admin("PUT", place, { overloadFactor: 4 });
    await admin("GET", `${place}/history`);
    await admin("POST", `${place}/revert`, { version: 0 });
  }
  const { users } = await json<{ users: { id: string }[] }>(admin("GET", "users?query=walker"));
  const [walker] = users;
  await admin("PATCH", `users/${walker?.id}`, { tier: 2 });
  await admin("POST", "access-preview", {
    accessRules: [{ kind: "min_tier", tier: 9 }],
    subject: { userId: "u-anybody", tier: 1, registeredAt: inMinutes(-1), country: null },
  });
  await walkWebhooks(admin);
  await admin("GET", "audit");
  await admin("GET", "loads");
  await admin("GET", "metrics");
  const { run } = await json<{ run: string }>(admin("GET", `spikes/${id}/reconciliation`));
  await admin("POST", `spikes/${id}/reconciliation`, {});
  await admin("GET", `spikes/${id}/reconciliation/${run}/differences`);
  await admin("GET", "reconciliations");
  await walkThroughDeadLetters(admin);
  await admin("GET", "lost-ledgers");
  const restoration = `spikes/${id}/ledger/restoration`;
  await admin("GET", restoration);
  await admin("POST", restoration, { confirm: id });
  const ledger = env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(id));
  await runInDurableObject(ledger, (_, { storage }) => storage.deleteAll());
  await evictDurableObject(ledger);
  const { restore } = await json<{ restore: string }>(admin("POST", restoration, { confirm: id }));
  await runInDurableObject(ledger, (_, { storage }) =>
    storage.sql.exec("UPDATE restores SET still_since = 0"),
  );
  await admin("POST", restoration, { confirm: id, restore });
  await admin("POST", "reconciliations", { mode: "compare" });
  await admin("DELETE", `spikes/${id}`);
  await observe("GET", "/api/admin/spikes");
  await observe("GET", "/api/admin/spikes", { headers: await bearer() });
}

/** One letter that is sent again, and one that is discarded. */
async function walkThroughDeadLetters(
  admin: (method: string, path: string, body?: unknown) => Promise<Response>,
) {
  const letters = ["nonsense", "[]"].map((body) => ({
    ...{ id: `letter-${body.length}`, body, queue: "spike-orders", reason: "format is not 1" },
    ...{ attempts: 1, createdAt: 1, failedAt: 1 },
  }));
  await database(env).insert(deadLetters).values(letters);
  const { deadLetters: listed } = await json<{ deadLetters: { id: string }[] }>(admin("GET", "dead-letters"));
  const [first, second] = listed.map(({ id }) => `dead-letters/${id}`);
  await admin("GET", `${first}`);
  for (const letter of [first, second]) await admin("POST", `${letter}/replay`);
  await admin("POST", "dead-letters/replay", {});
  for (const letter of [first, second]) await admin("POST", `${letter}/discard`, { reason: "a test" });
  await admin("GET", "dead-letters/nosuchletter");
}

async function walkWebhooks(
  admin: (method: string, path: string, body?: unknown) => Promise<Response>,
): Promise<void> {
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("there is no network"));
  const made = await admin("POST", "webhooks", { url: "https://shop.example.com/hook" });
  const { endpoint } = await made.json<{ endpoint: { id: string } }>();
  const hook = `webhooks/${endpoint.id}`;
  await admin("POST", "webhooks", { url: "http://127.0.0.1" });
  await admin("GET", "webhooks");
  await admin("GET", hook);
  await admin("PATCH", hook, { enabled: true });
  await admin("POST", `${hook}/rotate`, {});
  const pinged = await admin("POST", `${hook}/ping`);
  const { deliveryId } = await pinged.json<{ deliveryId: string }>();
  await admin("GET", `${hook}/deliveries?state=pending`);
  await admin("POST", `${hook}/deliveries/${deliveryId}/replay`);
  await admin("POST", `${hook}/deliveries/nothing/replay`);
  await admin("POST", `${hook}/replay`);
  await admin("DELETE", hook);
  await admin("GET", hook);
  vi.restoreAllMocks();
}

describe("every answer on the way", () => {
  it("is what /openapi.json says", () => {
    expect(faults).toEqual([]);
  });

  it("belongs to a call that is documented, and each of those has answered with success", () => {
    const missed = document.operations.filter((call) => !walked.has(call) && !NOT_WALKED.has(call));
    expect(missed).toEqual([]);
  });
});

describe("the document's own test", () => {
  const health = (body: unknown, init: ResponseInit = {}) =>
    document.faultOf("GET /health", Response.json(body, init));

  it("lets through what is documented", async () => {
    expect(await health({ status: "ok", version: "1" })).toBeNull();
  });

  it.each([
    ["a field of another type", { status: "ok", version: 1 }, {}],
    ["a missing field", { status: "ok" }, {}],
    ["a field that is not named", { status: "ok", version: "1", secret: true }, {}],
    ["another status", { status: "ok", version: "1" }, { status: 201 }],
    ["another media type", { status: "ok", version: "1" }, { headers: { "content-type": "text/html" } }],
  ])("notices %s", async (_, body, init) => {
    expect(await health(body, init)).not.toBeNull();
  });
});
