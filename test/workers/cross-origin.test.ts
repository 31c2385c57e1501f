import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../workers/index.ts";
import { DEFAULT_SETTINGS } from "../../workers/shared/settings.ts";
import { openChallenge } from "../../workers/spike/challenge/open-challenge.ts";
import { call, ORIGIN } from "./support/http.ts";
import { purchaseTokenFor } from "./support/purchases.ts";
import { createSpike, inMinutes } from "./support/spikes.ts";
import { bearer } from "./support/tokens.ts";

const SHOP = "https://shop.example";
const BINDINGS = { ...env, ALLOWED_ORIGINS: `${SHOP} https://www.shop.example` };

interface Sent {
  origin?: string;
  headers?: Record<string, string>;
  body?: unknown;
  bindings?: Env;
}

/** As the browser of somebody on a page of `origin` sends it. */
async function send(
  method: string,
  path: string,
  { origin = SHOP, headers = {}, body, bindings = BINDINGS }: Sent = {},
) {
  const context = createExecutionContext();
  const init: RequestInit<IncomingRequestCfProperties> = {
    method,
    headers: { origin, "sec-fetch-site": "cross-site", ...headers },
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" } as Record<string, string>;
  }
  const request = new Request<unknown, IncomingRequestCfProperties>(ORIGIN + path, init);
  const response = await worker.fetch(request, bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

afterEach(() => void vi.restoreAllMocks());

const allowed = (response: Response) => response.headers.get("access-control-allow-origin");

describe("a page of an allowed origin", () => {
  it("is told before it asks what it may ask, and remembers it", async () => {
    const response = await send("OPTIONS", "/api/spikes/s/purchases/t", {
      headers: {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,idempotency-key,content-type",
      },
    });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-origin": SHOP,
      "access-control-allow-methods": "GET, POST, DELETE",
      "access-control-allow-headers":
        "authorization, challenge-solution, content-type, idempotency-key, x-request-id",
      "access-control-max-age": "86400",
      vary: "origin",
    });
  });

  it("may read answers, refusals and those from the front door among them", async () => {
    const { id } = await createSpike({ startsAt: inMinutes(10), endsAt: inMinutes(20) });
    const headers = await bearer();
    const statuses: number[] = [];
    // The first of each comes from the routes, the others from memory.
    for (let time = 0; time < 3; time++) {
      for (const [method, path] of [
        ["GET", "/api/spikes"],
        ["GET", `/api/spikes/${id}`],
        ["POST", `/api/spikes/${id}/token`],
        ["GET", "/api/spikes/nosuchspike0"],
      ] as const) {
        const response = await send(method, path, { headers });
        statuses.push(response.status);
        expect(allowed(response), `${method} ${path}`).toBe(SHOP);
        expect(response.headers.get("access-control-expose-headers")).toBe("etag, retry-after, x-request-id");
        expect(response.headers.get("vary")).toContain("origin");
      }
    }
    expect(new Set(statuses)).toEqual(new Set([200, 425, 404]));
  });

  it("buys with a bearer token", async () => {
    const { id } = await createSpike();
    const headers = await bearer({ userId: "u-cross" });
    const permission = await send("POST", `/api/spikes/${id}/token`, { headers });
    const { token } = await permission.json<{ token: string }>();
    const bought = await send("POST", `/api/spikes/${id}/purchases/${token}`, { headers });
    expect(bought.status).toBe(202);
    expect(allowed(bought)).toBe(SHOP);
  });

  it.each([
    ["shop.example", SHOP, 202],
    ["spike.test", ORIGIN, 202],
    ["spike.test", SHOP, 428],
    ["shop.example", ORIGIN, 428],
    ["evil.example", "https://evil.example", 428],
  ])("buys with a token of Turnstile for %s on a page of %s: %i", async (hostname, origin, status) => {
    const { id } = await createSpike();
    const userId = `u-turnstile-${hostname}-${new URL(origin).hostname}`;
    const bindings = { ...BINDINGS, TURNSTILE_SITE_KEY: "0x-site", TURNSTILE_SECRET_KEY: "0x-secret" };
    const subject = { spikeId: id, userId, key: null, hostname, now: Date.now() };
    const offer = await openChallenge(bindings, DEFAULT_SETTINGS).offer(subject);
    const cdata = offer.kind === "turnstile" ? offer.cData : "";
    const challenge_ts = new Date().toISOString();
    vi.spyOn(globalThis, "fetch").mockImplementation(async () =>
      Response.json({ success: true, hostname, action: "purchase", cdata, challenge_ts }),
    );
    const token = await purchaseTokenFor(id, userId);
    const headers = { ...(await bearer({ userId })), "challenge-solution": `turnstile ${userId}` };
    const bought = await send("POST", `/api/spikes/${id}/purchases/${token}`, { origin, headers, bindings });
    expect(bought.status).toBe(status);
  });

  it("registers and logs in, and gets no cookie", async () => {
    const body = { username: "cross.origin", password: "a long enough pass phrase" };
    const registered = await send("POST", "/api/users", { body });
    expect(registered.status).toBe(201);
    const loggedIn = await send("POST", "/api/sessions", { body });
    expect(loggedIn.status).toBe(200);
    for (const response of [registered, loggedIn]) {
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.has("access-control-allow-credentials")).toBe(false);
    }
  });

  it("changes nothing with a cookie, as no other page does", async () => {
    const { authorization } = await bearer();
    const cookie = `spike_session=${authorization.replace("Bearer ", "")}`;
    const { id } = await createSpike();
    const response = await send("POST", `/api/spikes/${id}/token`, { headers: { cookie } });
    expect(response.status).toBe(401);
    expect((await send("POST", "/api/sessions/refresh", { headers: { cookie } })).status).toBe(401);
    expect((await send("DELETE", "/api/sessions", { headers: { cookie } })).status).toBe(401);
  });

  it("has no part in the operators' API", async () => {
    const headers = { "access-control-request-method": "POST" };
    for (const path of ["/api/admin/spikes", "/api/admin", "/api/admin?x"]) {
      const preflight = await send("OPTIONS", path, { headers });
      expect(preflight.status, path).not.toBe(204);
      expect(allowed(preflight)).toBeNull();
    }
    expect(
      allowed(await send("GET", "/api/admin/spikes", { headers: await bearer({ role: "admin" }) })),
    ).toBeNull();
  });
});

describe("a page of any other origin", () => {
  it.each([
    "https://evil.example",
    "https://shop.example.evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://sub.shop.example",
    "null",
  ])("such as %s may read nothing", async (origin) => {
    const headers = { "access-control-request-method": "POST" };
    expect(allowed(await send("OPTIONS", "/api/sessions", { origin, headers }))).toBeNull();
    expect(allowed(await send("GET", "/api/spikes", { origin }))).toBeNull();
    const body = { username: "anybody", password: "a long enough pass phrase" };
    expect((await send("POST", "/api/sessions", { origin, body })).status).toBe(401);
  });
});

describe("caches", () => {
  it("keep answers to different origins apart", async () => {
    const own = await send("GET", "/api/spikes", { origin: ORIGIN });
    expect(own.headers.get("cache-control")).toContain("public");
    expect(own.headers.get("vary")).toContain("origin");
    expect(allowed(own)).toBeNull();
  });

  it("are not bothered where no other origin is allowed", async () => {
    const response = await send("GET", "/api/spikes", { bindings: env });
    expect(response.headers.get("vary") ?? "").not.toContain("origin");
    expect(allowed(response)).toBeNull();
    expect((await call("/api/spikes")).status).toBe(200);
  });
});
