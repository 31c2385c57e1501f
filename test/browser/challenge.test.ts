import { createChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { ownShop } from "./support/own-shop.ts";
import { keysOf, refuseFirst } from "./support/purchases.ts";
import { ledgerOf, putUp, putUpIn } from "./support/shop.ts";
import { button, expectSaid, shopperAt, visiting } from "./support/visit.ts";

const ALGORITHM = "PBKDF2/SHA-256";

/** A challenge in the shop's format that the shop does not know. */
async function foreignChallenge(cost: number, keyPrefix: string) {
  const secret = { hmacSignatureSecret: "of the test" };
  const { parameters, signature } = await createChallenge({
    algorithm: ALGORITHM,
    cost,
    deriveKey,
    keyPrefix,
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
      // No key begins like this, so the work does not end by itself.
      await refuseFirst(page, [challenged(await foreignChallenge(1_000, "00000000000000"))]);
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
