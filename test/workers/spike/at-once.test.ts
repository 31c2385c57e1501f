import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerAtTheDoor } from "../../../workers/front-door/front-door.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { answerCrowdCall } from "../../../workers/spike/crowd-routes.ts";
import { request } from "../support/http.ts";
import { createSpike } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";

const post = (path: string, headers: Record<string, string>) =>
  new Request(`https://spike.test${path}`, { method: "POST", headers });

// What is in memory stays there, however long the machine takes from one line to the next.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** What memory answers, without a turn of the event loop. */
async function atOnce(path: string, headers: Record<string, string> = {}) {
  const answer = answerCrowdCall(post(path, headers), env);
  expect(answer).toBeInstanceOf(Response);
  return (answer as Response).json<{ code: string; requestId: string; retryAfter?: number }>();
}

describe("what memory refuses is answered without a promise", () => {
  it.each([
    ["a purchase token that is none", "purchases/forged", {}, "invalid_spike_token"],
    ["a rule that says no", "token", { accessRules: [{ kind: "min_tier", tier: 100 }] }, "not_eligible"],
  ])("%s", async (_, call, terms, code) => {
    const spike = await createSpike(terms);
    const path = `/api/spikes/${spike.id}/${call}`;
    const shopper = await bearer({ userId: `u-${code}` });
    // Brings the sale, the caller and the blacklist into memory.
    expect(await (await request(path, { method: "POST", headers: shopper })).json()).toMatchObject({ code });
    expect(await atOnce(path, shopper)).toMatchObject({ code });
    expect(await atOnce(path)).toMatchObject({ code: "unauthenticated" });
  });

  it("an account beyond its allowance", async () => {
    const spike = await createSpike();
    const path = `/api/spikes/${spike.id}/token`;
    const shopper = await bearer({ userId: "u-asks-twice" });
    const once = { accountRequestsPerWindow: 1, accountWindowSeconds: 3_600 };
    await saveSettings(env, { ...DEFAULT_SETTINGS, ...once });
    expect((await request(path, { method: "POST", headers: shopper })).status).toBe(200);
    expect(await atOnce(path, shopper)).toMatchObject({ code: "rate_limited" });
    await saveSettings(env, DEFAULT_SETTINGS);
  });

  it("an access token that was refused before", async () => {
    const spike = await createSpike();
    const path = `/api/spikes/${spike.id}/token`;
    const forged = { authorization: "Bearer e30.e30.forged" };
    expect((await request(path, { method: "POST", headers: forged })).status).toBe(401);
    expect(await atOnce(path, forged)).toMatchObject({ code: "unauthenticated" });
  });

  it("a sale that there is not", async () => {
    const path = "/api/spikes/nosuchsale00/token";
    await request(path, { method: "POST" });
    expect(await atOnce(path)).toMatchObject({ code: "not_found" });
  });
});

it("keeps the values of answers apart that share their headers", async () => {
  const spike = await createSpike();
  await request(`/api/spikes/${spike.id}`);
  const answers = ["first-request-id", "second-request-id"].map((id) =>
    answerCrowdCall(post(`/api/spikes/${spike.id}/token`, { "x-request-id": id }), env),
  );
  for (const [n, id] of ["first-request-id", "second-request-id"].entries()) {
    const answer = (await answers[n]) as Response;
    expect(answer.headers.get("x-request-id")).toBe(id);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="spike"');
    expect(answer.headers.has("retry-after")).toBe(false);
    expect(await answer.json()).toMatchObject({ requestId: id });
  }
});

it("turns away an address beyond its allowance though memory does not hold the sale", async () => {
  const first = await createSpike();
  const crowded = { "cf-connecting-ip": "203.0.113.141" };
  const once = { addressRequestsPerWindow: 1, addressWindowSeconds: 3_600 };
  await saveSettings(env, { ...DEFAULT_SETTINGS, ...once });
  await request(`/api/spikes/${first.id}/token`, { method: "POST", headers: crowded });
  const other = post("/api/spikes/nevermet0000/token", crowded);
  expect(await answerAtTheDoor(other, env)?.json()).toMatchObject({ code: "rate_limited" });
  const calm = post("/api/spikes/nevermet0000/token", { "cf-connecting-ip": "203.0.113.142" });
  expect(answerAtTheDoor(calm, env)).toBeNull();
  await saveSettings(env, DEFAULT_SETTINGS);
});
