import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BODY_MAX_BYTES } from "../../../workers/shared/limits.ts";
import { call, request } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike, definition } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

afterEach(() => void vi.restoreAllMocks());

const PASSWORD = "grüne Äpfel im Korb";
/** Text that means something to a database, a shell, a page, a log, a header or a format. */
const NASTY = [
  "'; DROP TABLE orders; --",
  '" OR ""="',
  "%' OR '1'='1",
  "<script>alert(1)</script>",
  "${7*7}{{7*7}}",
  "a\r\nSet-Cookie: spike_session=x",
  "\u0000",
  "\u202egnp.exe",
  "\ud800",
  "𝕬𝖉𝖒𝖎𝖓",
  '=HYPERLINK("http://evil")',
];

describe("a body", () => {
  const POLLUTIONS = [
    '{"__proto__":{"role":"admin","quantity":9}}',
    '{"constructor":{"prototype":{"role":"admin"}}}',
    '{"username":"polluter","password":"long enough 1234","__proto__":{"role":"admin"}}',
  ];

  it.each(POLLUTIONS)("pollutes nothing: %s", async (body) => {
    const headers = { ...(await adminBearer()), "content-type": "application/json" };
    for (const [method, path] of [
      ["POST", "/api/users"],
      ["POST", "/api/admin/spikes"],
      ["PUT", "/api/admin/settings"],
      ["PUT", "/api/admin/blacklist/user/u-polluted"],
    ] as const) {
      expect([path, (await call(path, { method, headers, body })).status]).toEqual([path, 400]);
    }
    expect({}).not.toHaveProperty("role");
    expect({}).not.toHaveProperty("quantity");
  });

  it.each([
    ["an array", "[]"],
    ["null", "null"],
    ["a number beyond all numbers", '{"quantity":1e400}'],
    ["a number that is not exact any more", '{"quantity":9007199254740993}'],
    ["not JSON", "quantity=1"],
    ["half a JSON", '{"quantity":'],
    ["a null byte", "\u0000"],
    ["a hundred thousand brackets", "[".repeat(BODY_MAX_BYTES - 1)],
    ["the same number, negative", '{"quantity":-1}'],
  ])("that is %s takes no stock", async (_, body) => {
    const { id } = await createSpike();
    const answer = await buy(id, { userId: "u1", body });
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_request"]);
    expect((await call(`/api/spikes/${id}/stock`)).body.remaining).toBe(10);
  });

  it.each([
    ["text/plain", 400],
    ["application/x-www-form-urlencoded", 400],
    ["application/xml", 400],
    ["application/json; charset=utf-8", 201],
  ])("of type %s registers with %i", async (type, status) => {
    const body = JSON.stringify({ username: `type.${status}.${type.length}`, password: PASSWORD });
    const headers = { "content-type": type };
    expect((await request("/api/users", { method: "POST", headers, body })).status).toBe(status);
  });
});

describe("text", () => {
  it.each(NASTY)("changes nothing but itself as a title: %j", async (title) => {
    const headers = await adminBearer();
    const { status, body } = await call("/api/admin/spikes", { headers, body: definition({ title }) });
    expect([201, 400]).toContain(status);
    if (status === 201) {
      const { orderId } = (await buy(body.id, { userId: "u-nasty" })).body as { orderId: string };
      const order = await call(`/api/orders/${orderId}/payment`, {
        method: "POST",
        headers: await bearer({ userId: "u-nasty" }),
      });
      expect(order.body.spikeTitle).toBe(title.trim());
    }
    expect((await call("/api/spikes")).status).toBe(200);
  });

  it.each(NASTY)("finds nobody and nothing as a query: %j", async (text) => {
    const headers = await adminBearer();
    const query = encodeURIComponent(text.toWellFormed());
    for (const path of [
      `/api/admin/users?query=${query}`,
      `/api/admin/orders?user=${query}`,
      `/api/admin/orders?spikeId=${query}`,
    ]) {
      const { status, body } = await call(path, { headers });
      expect(status).toBe(200);
      expect(body.users ?? body.orders).toEqual([]);
    }
    const csv = await request(`/api/admin/orders.csv?user=${query}`, { headers });
    expect((await csv.text()).trim().split("\r\n")).toHaveLength(1);
  });

  it.each(NASTY)("is no name to register, or only its own: %j", async (username) => {
    const { status, body } = await call("/api/users", { body: { username, password: PASSWORD } });
    expect([201, 400]).toContain(status);
    if (status === 201) expect(body.user.role).toBe("shopper");
  });

  it.each(["a\nb", "a b", "é", "\u0000", "a".repeat(129)])("is no idempotency key: %j", async (key) => {
    const { id } = await createSpike();
    const token = await purchaseTokenFor(id, "u1");
    const answer = await buy(id, { userId: "u1", token, headers: { "idempotency-key": key } }).catch(
      // The platform itself lets no such header through.
      (error: unknown) => error,
    );
    expect(answer instanceof TypeError ? 400 : (answer as { status: number }).status).toBe(400);
  });
});

describe("a request", () => {
  it.each(["PUT", "PATCH", "DELETE", "OPTIONS"])(
    "by %s finds nothing that is not documented",
    async (method) => {
      const { id } = await createSpike();
      for (const path of ["/api/spikes", `/api/spikes/${id}`, `/api/spikes/${id}/token`, "/api/orders"]) {
        const { status, body } = await call(path, { method, headers: await bearer() });
        expect([path, status, body.code]).toEqual([path, 404, "not_found"]);
      }
    },
  );

  it("by HEAD is answered like GET, without the body", async () => {
    const response = await request("/api/spikes", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it.each([
    "/api/spikes/../admin/spikes",
    "/api/spikes/..%2f..%2fadmin",
    "//api/admin/spikes",
    "/api//admin/spikes",
    "/API/admin/spikes",
    "/api/admin/spikes/",
    "/api/admin",
    "/.dev.vars",
    "/..%2f.dev.vars",
    "/wrangler.toml",
  ])("for %s gets no admin's answer and no file", async (path) => {
    const { status } = await call(path, { headers: await bearer() });
    expect([401, 403, 404]).toContain(status);
  });

  it("that says a field twice in its query is refused, not guessed", async () => {
    const headers = await bearer();
    for (const query of ["state=paid&state=reserved", "cursor=a&cursor=b", "state=", "cursor="]) {
      expect((await call(`/api/orders?${query}`, { headers })).status).toBe(400);
    }
  });

  it.each(["eA", "W10", "WzEsMl0", "WyIxIiwieCJd", "WzFlMzA4LCJ4Il0", "%00", "a".repeat(257)])(
    "with a cursor that no page gave out is refused: %s",
    async (cursor) => {
      const headers = await adminBearer();
      for (const list of ["/api/orders", "/api/admin/orders", "/api/admin/audit", "/api/admin/blacklist"]) {
        expect([list, (await call(`${list}?cursor=${cursor}`, { headers })).status]).toEqual([list, 400]);
      }
    },
  );

  it("comes from the address the platform says, whatever else it claims", async () => {
    const { id } = await createSpike();
    const admin = await adminBearer();
    const entry = "/api/admin/blacklist/ip/198.51.100.7";
    await call(entry, { method: "PUT", headers: admin, body: { reason: "a bot" } });
    const from = async (headers: Record<string, string>) =>
      (
        await request(`/api/spikes/${id}/token`, {
          method: "POST",
          headers: { ...(await bearer({ userId: "u-claims" })), ...headers },
        })
      ).status;
    expect(await from({ "cf-connecting-ip": "198.51.100.7" })).toBe(403);
    expect(await from({ "cf-connecting-ip": "198.51.100.7", "x-forwarded-for": "192.0.2.1" })).toBe(403);
    expect(await from({ "cf-connecting-ip": "192.0.2.1", "x-forwarded-for": "198.51.100.7" })).toBe(200);
    await call(entry, { method: "DELETE", headers: admin });
  });

  it("takes a client's own id before the platform's, if it has the form of one", async () => {
    const idFor = async (own: string) =>
      (await request("/health", { headers: { "x-request-id": own, "cf-ray": "8f1e2d3c-FRA" } })).headers.get(
        "x-request-id",
      );
    for (const own of [crypto.randomUUID(), "a".repeat(16), "a".repeat(64)])
      expect(await idFor(own)).toBe(own);
    for (const wrong of ["", "a".repeat(15), "a".repeat(65), 'x","level":"info","y', "a b".repeat(6)]) {
      expect(await idFor(wrong)).toBe("8f1e2d3c-FRA");
    }
  });

  it("keeps an id that could be the platform's and no other", async () => {
    const idFor = async (ray: string) =>
      (await request("/health", { headers: { "cf-ray": ray } })).headers.get("x-request-id");
    expect(await idFor("8f1e2d3c4b5a6978-FRA")).toBe("8f1e2d3c4b5a6978-FRA");
    for (const ray of ["a".repeat(65), 'x","level":"info', "a b"]) expect(await idFor(ray)).not.toBe(ray);
  });
});

describe("the log", () => {
  /** Everything that is logged while `work` is done. */
  async function logged(work: () => Promise<unknown>): Promise<string> {
    const lines: string[] = [];
    for (const level of ["info", "warn", "error", "log"] as const) {
      vi.spyOn(console, level).mockImplementation((...args: unknown[]) => void lines.push(args.join(" ")));
    }
    await work();
    return lines.join("\n");
  }

  it("holds no password, token, cookie or hash, not even of requests that fail in the database", async () => {
    const secrets: string[] = [PASSWORD];
    const text = await logged(async () => {
      const registered = await request("/api/users", {
        body: { username: "logged.one", password: PASSWORD },
      });
      secrets.push(...registered.headers.getSetCookie().map((line) => line.split(/[=;]/)[1] ?? ""));
      const headers = await bearer({ userId: "u-logged" });
      secrets.push(headers.authorization.slice("Bearer ".length));
      const { id } = await createSpike();
      const token = await purchaseTokenFor(id, "u-logged");
      secrets.push(token);
      await call("/api/users/me", { headers: { authorization: "Bearer forged.secret.token" } });
      await env.DB.exec("ALTER TABLE users RENAME TO users_away; ALTER TABLE spikes RENAME TO spikes_away");
      const { status } = await call("/api/users", { body: { username: "logged.two", password: PASSWORD } });
      expect(status).toBe(500);
      await request(`/api/spikes/${"0".repeat(12)}/purchases/${token}`, { method: "POST", headers });
      await env.DB.exec("ALTER TABLE users_away RENAME TO users; ALTER TABLE spikes_away RENAME TO spikes");
      const { password_hash } = (await env.DB.prepare("SELECT password_hash FROM users").first<{
        password_hash: string;
      }>()) ?? { password_hash: "" };
      secrets.push(password_hash, "$scrypt$", "forged.secret.token");
    });
    expect(text).toContain("request_failed");
    expect(secrets.filter((secret) => secret !== "" && text.includes(secret))).toEqual([]);
  });
});
