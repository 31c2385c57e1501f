import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { request } from "./support/http.ts";
import { buy, purchaseTokenFor } from "./support/purchases.ts";
import { createSpike, inMinutes } from "./support/spikes.ts";
import { bearer } from "./support/tokens.ts";
import { turnAwayAtTheDoor } from "../../workers/front-door.ts";

const post = (path: string, headers: Record<string, string> = {}) =>
  new Request(`https://spike.test${path}`, { method: "POST", headers });

describe("the front door", () => {
  it("says sold out from memory, in the funnel's own words", async () => {
    const spike = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(spike.id, "late");
    await buy(spike.id, { userId: "first" });
    const path = `/api/spikes/${spike.id}/purchases/${token}`;
    const atTheDoor = turnAwayAtTheDoor(post(path), env);
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
    expect(turnAwayAtTheDoor(post(path), env)).toBeNull();
    expect(turnAwayAtTheDoor(post(path, { authorization: "Bearer forged" }), env)).toBeNull();
    const answer = turnAwayAtTheDoor(post(path, shopper), env);
    expect(await answer?.json()).toMatchObject({ code: "too_early", startsAt: spike.startsAt });
  });

  it("lets pass what memory cannot decide", async () => {
    const soldOut = await createSpike({ stock: 1 });
    const token = await purchaseTokenFor(soldOut.id, "u1");
    await buy(soldOut.id, { userId: "u1" });
    const path = `/api/spikes/${soldOut.id}/purchases/${token}`;
    expect(turnAwayAtTheDoor(post(path, { "idempotency-key": "k" }), env)).toBeNull();
    expect(turnAwayAtTheDoor(new Request(`https://spike.test${path}`), env)).toBeNull();
    expect(turnAwayAtTheDoor(post(`/api/spikes/${soldOut.id}/elsewhere`), env)).toBeNull();
    expect(turnAwayAtTheDoor(post("/api/spikes/unknown/token"), env)).toBeNull();
    const open = await createSpike();
    await request(`/api/spikes/${open.id}`);
    expect(turnAwayAtTheDoor(post(`/api/spikes/${open.id}/token`), env)).toBeNull();
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
