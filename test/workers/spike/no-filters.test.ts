import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS, OFF, type Settings } from "../../../workers/shared/settings.ts";
import { request } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";

/** No filter: where purchases pass, and for how long a decision that is made anyway is kept. */
const KEPT = new Set(["gatesPerSpike", "accessDecisionSeconds"]);
const FILTERS_OFF = Object.fromEntries(
  Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [name, KEPT.has(name) ? value : OFF]),
) as Settings;

/** More than any default lets through within the time this takes. */
const MANY_READS = DEFAULT_SETTINGS.addressRequestsPerWindow + 100;
const MANY_PURCHASES = DEFAULT_SETTINGS.accountRequestsPerWindow + 50;
const FROM = { "cf-connecting-ip": "203.0.113.90" };

afterEach(async () => saveSettings(env, DEFAULT_SETTINGS));

/** How often each status was answered. */
async function tally(times: number, ask: (n: number) => Promise<{ status: number }>) {
  const seen: Record<number, number> = {};
  for (let n = 0; n < times; n++) {
    const { status } = await ask(n);
    seen[status] = (seen[status] ?? 0) + 1;
  }
  return seen;
}

it("with all filters at zero, nothing is limited: not an address, an account, a pace, or forgers", async () => {
  await saveSettings(env, FILTERS_OFF);
  const spike = await createSpike({ stock: 1_000, maxPerUser: 1_000 });
  const userId = "u-unlimited";
  const headers = { ...(await bearer({ userId })), ...FROM };
  const read = async () => {
    const answer = await request(`/api/spikes/${spike.id}/stock`, { headers: FROM });
    await answer.text();
    return answer;
  };
  expect(await tally(MANY_READS, read)).toEqual({ 200: MANY_READS });
  const askForToken = async () => {
    const answer = await request(`/api/spikes/${spike.id}/token`, { method: "POST", headers });
    await answer.text();
    return answer;
  };
  expect(await tally(MANY_PURCHASES, askForToken)).toEqual({ 200: MANY_PURCHASES });
  const forge = (n: number) => buy(spike.id, { userId, token: `forged${n}`, headers: FROM });
  expect(await tally(MANY_PURCHASES, forge)).toEqual({ 403: MANY_PURCHASES });
  const token = await purchaseTokenFor(spike.id, userId);
  const purchase = (n: number) => buy(spike.id, { userId, token, key: `k${n}`, headers: FROM });
  expect(await tally(MANY_PURCHASES, purchase)).toEqual({ 202: MANY_PURCHASES });
}, 240_000);

it("with all filters at zero, who asks early is told so however often, and is not suspected", async () => {
  await saveSettings(env, FILTERS_OFF);
  const spike = await createSpike({ startsAt: inMinutes(5) });
  const headers = { ...(await bearer({ userId: "u-early" })), ...FROM };
  const askEarly = async () => {
    const answer = await request(`/api/spikes/${spike.id}/token`, { method: "POST", headers });
    await answer.text();
    return answer;
  };
  expect(await tally(MANY_PURCHASES, askEarly)).toEqual({ 425: MANY_PURCHASES });
});
