import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Person } from "../../../bench/load/people.ts";
import { turnstile } from "../../../workers/spike/challenge/turnstile.ts";
import { Shop } from "./shop.ts";

/*
 * Whole purchases on a real server that asks a stand-in for siteverify: the request really leaves workerd, and
 * tokens are good once, as at Cloudflare's.
 */

const KEYS = { siteKey: "0x-site", secretKey: "0x-secret" };

let house: Server;
let shop: Shop;
let spikeId: string;
/** What the stand-in says: about a token it has not met, or instead of an answer. */
let verdict: Record<string, unknown> = {};
let status = 200;
/** By token, the idempotency key it was first asked about with. */
const met = new Map<string, string>();
let buyers = 0;

beforeAll(async () => {
  house = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const { response: token, idempotency_key: key } = JSON.parse(text) as Record<string, string>;
      const isUsed = (met.get(token as string) ?? key) !== key;
      met.set(token as string, key as string);
      const used = { success: false, "error-codes": ["timeout-or-duplicate"] };
      response.writeHead(status).end(JSON.stringify(isUsed ? used : { success: true, ...verdict }));
    });
  });
  await new Promise<void>((resolve) => house.listen(0, "127.0.0.1", resolve));
  const { port } = house.address() as AddressInfo;
  shop = await Shop.open(0, {
    TURNSTILE_SITE_KEY: KEYS.siteKey,
    TURNSTILE_SECRET_KEY: KEYS.secretKey,
    TURNSTILE_VERIFY_URL: `http://127.0.0.1:${port}/siteverify`,
  });
  await shop.admin.saveSettings({ strikesBeforeChallenge: 1, challengeCost: 1 });
  spikeId = await shop.putUpSale({ stock: 50, maxPerUser: 2 });
}, 300_000);

afterAll(async () => {
  await shop.close();
  house.closeAllConnections();
  house.close();
});

/** Somebody new with a widget's token, about which the house says this instead of what is right. */
async function arrive(wrong: Record<string, unknown> = {}) {
  const person = shop.people[buyers++] as Person;
  const hostname = new URL(shop.server.target.url).hostname;
  const subject = { spikeId, userId: person.userId, key: null, hostname, now: Date.now() };
  const offer = await turnstile({ ...KEYS, verifyUrl: "" }).offer(subject);
  const cdata = offer.kind === "turnstile" ? offer.cData : "";
  const challenge_ts = new Date().toISOString();
  verdict = { hostname, action: "purchase", cdata, challenge_ts, ...wrong };
  const token = await shop.tokenFor(spikeId, person);
  const buy = (key: string, solution = `turnstile token-of-${person.userId}`) =>
    shop.send("POST", `/api/spikes/${spikeId}/purchases/${token}`, {
      token: person.accessToken,
      headers: { "idempotency-key": key, "challenge-solution": solution },
    });
  return { buy };
}

it("sells for a good token, for one purchase however often it comes", async () => {
  const { buy } = await arrive();
  const bought = await buy("one");
  expect(bought.status).toBe(202);
  expect((await buy("one")).body).toEqual(bought.body);
  expect(await buy("two")).toMatchObject({ status: 428, body: { challenge: { kind: "turnstile" } } });
});

it.each([{ hostname: "evil.example" }, { action: "login" }, { cdata: "another" }])(
  "sells nothing for a token with %o",
  async (wrong) => {
    const { buy } = await arrive(wrong);
    expect(await buy("one")).toMatchObject({ status: 428, body: { challenge: { kind: "turnstile" } } });
  },
);

it("sells for a proof of work while the house is out", async () => {
  const { buy } = await arrive();
  status = 500;
  const refused = await buy("one");
  expect(refused).toMatchObject({ status: 428, body: { challenge: { kind: "altcha" } } });
  const { parameters, signature } = refused.body.challenge;
  const challenge = { parameters, signature };
  const solution = await solveChallenge({ challenge, deriveKey });
  expect((await buy("one", btoa(JSON.stringify({ challenge, solution })))).status).toBe(202);
});
