import { createChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import type { Request } from "playwright-core";
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { ownShop } from "./support/own-shop.ts";
import { keysOf, refuseFirst } from "./support/purchases.ts";
import { ledgerOf, putUp, putUpIn } from "./support/shop.ts";
import { button, expectSaid, ready, shopperAt, visiting } from "./support/visit.ts";

const ALGORITHM = "PBKDF2/SHA-256";
const LIFE_MS = 120_000;
const HOUR_MS = 3_600_000;
/** No key begins like this, so the work does not end by itself. */
const ENDLESS = "00000000000000";

/** A challenge in the shop's format that the shop does not know. */
async function foreignChallenge(cost: number, keyPrefix: string, lifeMs = LIFE_MS) {
  const secret = { hmacSignatureSecret: "of the test" };
  const { parameters, signature } = await createChallenge({
    algorithm: ALGORITHM,
    cost,
    deriveKey,
    keyPrefix,
    expiresAt: new Date(Date.now() + lifeMs),
    ...secret,
  });
  return { kind: "altcha", parameters, signature };
}

const challenged = (challenge: unknown) => ({ code: "challenge_required", status: 428, challenge });

describe("a shopper who has to show that a person is there", () => {
  it(
    "need do nothing: ALTCHA's widget works, also on the shop's own challenge, and the same purchase goes on",
    visiting(async (enter) => {
      const sale = await putUp();
      const visitor = await shopperAt(enter, sale.id);
      const { page } = visitor;
      const ours: string[] = [];
      page.on("request", (request) => ours.push(new URL(request.url()).origin));
      const challenge = await foreignChallenge(100, "0");
      // The first challenge is the test's. The shop does not know it and hands out one of its own.
      const requests = await refuseFirst(page, [challenged(challenge)]);
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(requests).toHaveLength(3);
      expect(keysOf(requests).size).toBe(1);
      const [first, second] = requests
        .slice(1)
        .map((request) => JSON.parse(atob(request.headers()["challenge-solution"] ?? "")));
      expect(first.challenge).toMatchObject({ signature: challenge.signature });
      expect(first.solution.derivedKey).toMatch(/^0/);
      expect(second.challenge.signature).not.toBe(challenge.signature);
      expect(await page.locator("altcha-widget").count()).toBe(0);
      expect(new Set(ours)).toEqual(new Set([new URL(page.url()).origin]));
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 1 });
      expect(visitor.complaints).toEqual([]);
    }),
  );

  it(
    "sees the widget at work, can stop it, and axe finds nothing wrong with it",
    visiting(async (enter) => {
      const sale = await putUp();
      const visitor = await shopperAt(enter, sale.id, { locale: "en-GB" });
      const { page } = visitor;
      await refuseFirst(page, [challenged(await foreignChallenge(1_000, ENDLESS))]);
      await button(page).click();
      await expectSaid(page, "Showing that you are a person");
      await page.locator("altcha-widget", { hasText: "Verifying" }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Stop trying" }).click();
      await page.locator("altcha-widget").waitFor({ state: "detached" });
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 0 });
      expect(visitor.complaints).toEqual([]);
    }),
  );
});

describe("a proof that a person is there", () => {
  const solutionOf = (request: Request | undefined) => request?.headers()["challenge-solution"];

  it(
    "is not sent with the next purchase, for which it does not count",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      const challenge = await foreignChallenge(100, "0");
      const requests = await refuseFirst(page, [challenged(challenge), { code: "sold_out", status: 409 }]);
      await button(page).click();
      await expectSaid(page, "Sold out for now");
      await ready(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(requests).toHaveLength(3);
      expect(keysOf(requests).size).toBe(2);
      expect(solutionOf(requests[1])).toBeDefined();
      expect(solutionOf(requests[2])).toBeUndefined();
    }),
  );

  it(
    "is not sent when it has expired: the purchase asks for another challenge",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      const requests = await refuseFirst(page, [challenged(await foreignChallenge(100, "0", 0))]);
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(keysOf(requests).size).toBe(1);
      expect(requests.map(solutionOf)).toEqual([undefined, undefined]);
    }),
  );

  it(
    "is worked for by a machine whose clock is an hour fast, and nothing is said to have expired",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page, context } = await shopperAt(enter, sale.id);
      await context.addInitScript((ahead) => {
        const real = Date.now.bind(Date);
        Date.now = () => real() + ahead;
      }, HOUR_MS);
      await page.reload();
      await refuseFirst(page, [challenged(await foreignChallenge(1_000, ENDLESS))]);
      await button(page).click();
      await page.locator("altcha-widget", { hasText: "Verifying" }).waitFor();
      expect(await page.locator("altcha-widget").textContent()).not.toContain("expired");
    }),
  );

  it(
    "is not worked for when the shopper stops while the widget is on its way",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      const challenge = challenged(await foreignChallenge(1_000, ENDLESS));
      const requests = await refuseFirst(page, [challenge]);
      const held = Promise.withResolvers<void>();
      await page.route("**/assets/site/challenge-*.css", async (route) => {
        await held.promise;
        await route.continue();
      });
      await button(page).click();
      await page.locator("link[href*='/challenge-']").waitFor({ state: "attached" });
      await page.getByRole("button", { name: "Stop trying" }).click();
      held.resolve();
      await expect.poll(() => page.locator("#challenge").innerHTML()).toBe("");
      await ready(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(requests).toHaveLength(2);
    }),
  );
});

describe("a shop that is configured for Turnstile", () => {
  const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js*";
  /** Stands in for Cloudflare's script: shows a button, and hands out a token when it is pressed. */
  const STAND_IN = `globalThis.turnstile = {
    render(box, { sitekey, action, cData, callback }) {
      const button = document.createElement("button");
      button.textContent = "I am a person";
      button.onclick = () => callback([sitekey, action, cData].join("."));
      box.append(button);
      return "w1";
    },
    remove() {},
  };`;
  const shop = ownShop({
    secrets: { TURNSTILE_SECRET_KEY: "0x-secret" },
    vars: { TURNSTILE_SITE_KEY: "0x-site" },
  });

  it(
    "lets Cloudflare's host into its sale pages, and only there",
    visiting(async (enter) => {
      const { page } = await enter();
      const sale = await putUp();
      const policyOf = async (address: string) =>
        (await page.request.get(address)).headers()["content-security-policy"] ?? "";
      const { id } = await putUpIn(shop.url);
      const policy = await policyOf(`${shop.url}/en/spikes/${id}`);
      expect(policy).toContain("script-src 'self' https://challenges.cloudflare.com;");
      expect(policy).toContain("frame-src https://challenges.cloudflare.com;");
      expect(await policyOf(`${shop.url}/en`)).not.toContain("cloudflare");
      expect(await policyOf(`/en/spikes/${sale.id}`)).not.toContain("cloudflare");
    }),
  );

  it(
    "shows the widget with what the challenge names, and sends its token with the same purchase",
    visiting(async (enter) => {
      const { id } = await putUpIn(shop.url);
      const visitor = await shopperAt(enter, id, { baseURL: shop.url });
      const { page } = visitor;
      await page.route(SCRIPT, (route) => route.fulfill({ contentType: "text/javascript", body: STAND_IN }));
      const challenge = { kind: "turnstile", siteKey: "0x-site", action: "purchase", cData: "c1" };
      const accepted = { orderId: "o1", payBefore: "2099-01-01T00:00:00Z" };
      const requests = await refuseFirst(page, [challenged(challenge), { status: 202, ...accepted }]);
      await button(page).click();
      await page.getByRole("button", { name: "I am a person" }).click();
      await expectSaid(page, "It is yours to pay");
      expect(requests).toHaveLength(2);
      expect(keysOf(requests).size).toBe(1);
      expect(requests[1]?.headers()["challenge-solution"]).toBe("turnstile 0x-site.purchase.c1");
      expect(visitor.complaints).toEqual([]);
    }),
  );
});
