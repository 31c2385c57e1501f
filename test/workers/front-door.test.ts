import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../../workers/app.ts";
import { withLedger } from "../../workers/platform/ledger.ts";
import { saveSettings, SETTINGS_ISOLATE_MS } from "../../workers/platform/settings-store.ts";
import { STOCK_MAX_AGE_MS } from "../../workers/shared/limits.ts";
import { DEFAULT_SETTINGS } from "../../workers/shared/settings.ts";
import { peekSale } from "../../workers/spike/catalogue.ts";
import { Description, ONE_SALE } from "../../workers/spike/descriptions.ts";
import { request } from "./support/http.ts";
import { buy, purchaseTokenFor } from "./support/purchases.ts";
import { createSpike, inMinutes } from "./support/spikes.ts";
import { PATIENCE } from "./support/patience.ts";
import { bearer } from "./support/tokens.ts";
import { answerAtTheDoor } from "../../workers/front-door/front-door.ts";

const post = (path: string, headers: Record<string, string> = {}) =>
  new Request(`https://spike.test${path}`, { method: "POST", headers });

// What is in memory stays there, however long the machine takes from one line to the next.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

describe("the front door", () => {
  it("says sold out from memory, in the funnel's own words", async () => {
    const spike = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(spike.id, "late");
    await buy(spike.id, { userId: "first" });
    const path = `/api/spikes/${spike.id}/purchases/${token}`;
    const atTheDoor = answerAtTheDoor(post(path), env);
    const problem = await atTheDoor?.json<Record<string, unknown>>();
    const inTheFunnel = await buy(spike.id, { userId: "late", token, key: "new" });
    const volatile = { requestId: expect.any(String), retryAfter: expect.any(Number) };
    expect(problem).toEqual({ ...inTheFunnel.body, ...volatile });
    expect(atTheDoor?.status).toBe(409);
    expect(atTheDoor?.headers.get("retry-after")).toBe(String(problem?.retryAfter));
    expect(atTheDoor?.headers.get("x-request-id")).toBe(problem?.requestId);
    expect(atTheDoor?.headers.get("cache-control")).toBe("no-store");
  });

  it("says too early from memory", async () => {
    const spike = await createSpike({ startsAt: inMinutes(5) });
    const path = `/api/spikes/${spike.id}/token`;
    const shopper = await bearer();
    await request(path, { method: "POST", headers: shopper });
    expect(answerAtTheDoor(post(path), env)).toBeNull();
    expect(answerAtTheDoor(post(path, { authorization: "Bearer forged" }), env)).toBeNull();
    const answer = answerAtTheDoor(post(path, shopper), env);
    expect(await answer?.json()).toMatchObject({ code: "too_early", startsAt: spike.startsAt });
  });

  it("knows a caller by his session cookie as well, as our own pages send it", async () => {
    const spike = await createSpike({ startsAt: inMinutes(5) });
    const path = `/api/spikes/${spike.id}/token`;
    const { authorization } = await bearer({ userId: "page" });
    const page = { cookie: `a=b; spike_session=${authorization.slice("Bearer ".length)}` };
    const ask = (headers: Record<string, string>) => answerAtTheDoor(post(path, headers), env);
    await request(path, { method: "POST", headers: page });
    expect(await ask(page)?.json()).toMatchObject({ code: "too_early", startsAt: spike.startsAt });
    expect(ask({ ...page, "sec-fetch-site": "cross-site" })).toBeNull();
    expect(ask({ ...page, authorization: "Bearer forged" })).toBeNull();
    expect(ask({ cookie: "spike_session=forged" })).toBeNull();
  });

  it("lets pass what memory cannot decide", async () => {
    const soldOut = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(soldOut.id, "u1");
    await buy(soldOut.id, { userId: "u1" });
    const path = `/api/spikes/${soldOut.id}/purchases/${token}`;
    expect(answerAtTheDoor(post(path, { "idempotency-key": "k" }), env)).toBeNull(); // no keys in memory yet
    expect(answerAtTheDoor(post(path, { "idempotency-key": "no key" }), env)).toBeNull();
    expect(answerAtTheDoor(new Request(`https://spike.test${path}`), env)).toBeNull();
    expect(answerAtTheDoor(post(`/api/spikes/${soldOut.id}/elsewhere`), env)).toBeNull();
    expect(answerAtTheDoor(post("/api/spikes/unknown/token"), env)).toBeNull();
    const open = await createSpike();
    await request(`/api/spikes/${open.id}`);
    expect(answerAtTheDoor(post(`/api/spikes/${open.id}/token`), env)).toBeNull();
  });

  it("knows which keys have won, and sends only those on to the ledger", async () => {
    const spike = await createSpike({ stock: 1 });
    const late = await purchaseTokenFor(spike.id, "late");
    await buy(spike.id, { userId: "first", key: "won" });
    await buy(spike.id, { userId: "late", token: late, key: "lost" }); // brings the keys into memory
    const at = (key: string) =>
      answerAtTheDoor(post(`/api/spikes/${spike.id}/purchases/${late}`, { "idempotency-key": key }), env);
    expect(at("won")).toBeNull();
    expect(await at("new")?.json()).toMatchObject({ code: "sold_out" });
  });

  it.each([
    ["ended", { endsAt: inMinutes(0.001) }, 410],
    ["paused", {}, 503],
  ])("says %s to purchases, and to callers it knows who want a token", async (code, times, status) => {
    const spike = await createSpike({ ...times, startsAt: inMinutes(-1) });
    if (code === "paused") await withLedger(env, spike.id, (ledger) => ledger.setPaused(true));
    const shopper = await bearer();
    await vi.waitFor(async () => {
      // What memory says may be so old.
      vi.setSystemTime(Date.now() + STOCK_MAX_AGE_MS);
      await request(`/api/spikes/${spike.id}/token`, { method: "POST", headers: shopper });
      const answer = answerAtTheDoor(post(`/api/spikes/${spike.id}/purchases/x`), env);
      expect(await answer?.json()).toMatchObject({ code });
      expect(answer?.status).toBe(status);
    }, PATIENCE);
    const wantsToken = (headers: Record<string, string>) =>
      answerAtTheDoor(post(`/api/spikes/${spike.id}/token`, headers), env);
    expect(wantsToken({})).toBeNull();
    expect(await wantsToken(shopper)?.json()).toMatchObject({ code });
  });

  it("turns away an address that has used up what it may, and counts nobody", async () => {
    const spike = await createSpike();
    await saveSettings(env, { ...DEFAULT_SETTINGS, addressRequestsPerWindow: 2, addressWindowSeconds: 600 });
    const path = `/api/spikes/${spike.id}/token`;
    const from = { ...(await bearer()), "cf-connecting-ip": "203.0.113.77" };
    for (const left of [2, 1]) {
      expect(answerAtTheDoor(post(path, from), env), `${left} left`).toBeNull();
      expect((await request(path, { method: "POST", headers: from })).status).toBe(200);
    }
    const refused = answerAtTheDoor(post(path, from), env);
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThanOrEqual(300);
    expect(answerAtTheDoor(post(path, { "cf-connecting-ip": "203.0.113.78" }), env)).toBeNull();
    await saveSettings(env, DEFAULT_SETTINGS);
  });

  it("sees calls only where they are", () => {
    for (const path of ["/elsewhere/api/spikes", "/api/spikes/", "/api/spikesx", "/api/spikes/UPPER", "/"]) {
      expect(answerAtTheDoor(new Request(`https://spike.test${path}`), env), path).toBeNull();
      expect(answerAtTheDoor(post(path), env), path).toBeNull();
    }
  });

  it("is the way in", async () => {
    const spike = await createSpike({ startsAt: inMinutes(5) });
    await request(`/api/spikes/${spike.id}`);
    const asking = { method: "POST", headers: await bearer() };
    await request(`/api/spikes/${spike.id}/token`, asking); // from now on the door knows the caller
    const answer = await request(`/api/spikes/${spike.id}/token`, asking);
    expect(answer.status).toBe(425);
    expect(answer.headers.has("content-security-policy")).toBe(false);
  });
});

describe("the front door's answers to readers", () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    answerAtTheDoor(new Request(`https://spike.test${path}`, { headers }), env);
  const CLOCK = /"serverTime":"[^"]+"/g;

  it("are those of the routes but for the clock, which is the door's own", async () => {
    const spike = await createSpike({ title: '"serverTime":"2026-11-11T00:00:00.000Z"' });
    for (const path of ["/api/spikes", `/api/spikes/${spike.id}`, `/api/spikes/${spike.id}/stock`]) {
      const api = createExecutionContext();
      const fromRoute = await app.fetch(new Request(`https://spike.test${path}`), env, api);
      const before = Date.now();
      const atTheDoor = get(path);
      const [text = "", expected] = [await atTheDoor?.text(), await fromRoute.text()];
      expect(text.replaceAll(CLOCK, "")).toBe(expected.replaceAll(CLOCK, ""));
      expect(Date.parse((JSON.parse(text) as { serverTime: string }).serverTime)).toBeGreaterThanOrEqual(
        before,
      );
      const headersOf = ({ headers }: Response) => {
        const { "x-request-id": id, ...others } = Object.fromEntries(headers);
        expect(id).toMatch(/^[\w-]{1,64}$/);
        return others;
      };
      expect(headersOf(atTheDoor as Response)).toEqual(headersOf(fromRoute));
    }
  });

  it("are not sent again to who has them", async () => {
    const spike = await createSpike();
    const path = `/api/spikes/${spike.id}`;
    const etag = (await request(path)).headers.get("etag") ?? "";
    const known = get(path, { "if-none-match": etag });
    expect([known?.status, known?.headers.get("etag"), await known?.text()]).toEqual([304, etag, ""]);
    // Without a body there is no type of it to tell.
    expect(known?.headers.get("content-type")).toBeNull();
    expect(get(path, { "if-none-match": 'W/"other"' })?.status).toBe(200);
  });

  it("change when the sale starts, though nothing else has changed", async () => {
    const spike = await createSpike({ startsAt: inMinutes(1) });
    await request(`/api/spikes/${spike.id}`);
    expect(await get(`/api/spikes/${spike.id}`)?.json()).toMatchObject({ phase: "upcoming" });
    const sale = peekSale(spike.id);
    if (!sale) throw new Error("the sale is not in memory");
    const said = Description.of(ONE_SALE, sale, sale.spike.startsAt - 1);
    expect(said.describes(sale, sale.spike.startsAt - 1)).toBe(true);
    expect(said.describes(sale, sale.spike.startsAt)).toBe(false);
    // A clock that was set back.
    expect(said.describes(sale, sale.spike.startsAt - 2)).toBe(false);
    expect(said.describes({ ...sale, stock: { ...sale.stock } }, sale.spike.startsAt - 1)).toBe(false);
  });

  it("are the routes' business for a caller whom the door does not know", async () => {
    const spike = await createSpike();
    const path = `/api/spikes/${spike.id}`;
    await request(path);
    expect(get(path, { authorization: "Bearer forged" })).toBeNull();
    expect((await request(path, { headers: { authorization: "Bearer forged" } })).status).toBe(401);
    const shopper = await bearer();
    expect((await request(path, { headers: shopper })).status).toBe(200);
    expect(get(path, shopper)?.status).toBe(200);
    // Of another scheme, which names nobody here: a site behind a password has it in every request.
    expect(get(path, { authorization: "Basic c2hvcDpzaG9w" })?.status).toBe(200);
  });

  it("come from memory again once somebody has asked, also when nobody says his address", async () => {
    const spike = await createSpike();
    for (const path of ["/api/spikes", `/api/spikes/${spike.id}`, `/api/spikes/${spike.id}/stock`]) {
      await request(path);
      expect(get(path)?.status, path).toBe(200);
      vi.setSystemTime(Date.now() + SETTINGS_ISOLATE_MS);
      expect(get(path), path).toBeNull();
      await request(path);
      expect(get(path)?.status, path).toBe(200);
    }
  });

  it("are refused to an address that has used up what it may, also when memory holds none", async () => {
    const spike = await createSpike();
    const path = `/api/spikes/${spike.id}`;
    await saveSettings(env, { ...DEFAULT_SETTINGS, addressRequestsPerWindow: 1, addressWindowSeconds: 600 });
    const from = { "cf-connecting-ip": "203.0.113.81" };
    expect((await request(path, { headers: from })).status).toBe(200);
    vi.setSystemTime(Date.now() + STOCK_MAX_AGE_MS);
    expect(get(path)).toBeNull();
    for (const asked of [path, `${path}/stock`, "/api/spikes", "/api/spikes/nosuchspike0"]) {
      expect(get(asked, from)?.status, asked).toBe(429);
      expect((await request(asked, { headers: from })).status, asked).toBe(429);
    }
    expect(get(path, { ...from, authorization: "Bearer forged" })?.status).toBe(429);
    await saveSettings(env, DEFAULT_SETTINGS);
  });

  it("count for the address that asks", async () => {
    const spike = await createSpike();
    const path = `/api/spikes/${spike.id}`;
    await saveSettings(env, { ...DEFAULT_SETTINGS, addressRequestsPerWindow: 2, addressWindowSeconds: 600 });
    await request(path);
    const from = { "cf-connecting-ip": "203.0.113.79" };
    expect([1, 2, 3].map(() => get(path, from)?.status)).toEqual([200, 200, 429]);
    expect(get(path, { "cf-connecting-ip": "203.0.113.80" })?.status).toBe(200);
    await saveSettings(env, DEFAULT_SETTINGS);
  });
});
