import { describe, expect, it } from "vitest";
import { keysOf, PURCHASES, refuseFirst } from "./support/purchases.ts";
import { ledgerOf, putUp } from "./support/shop.ts";
import { button, ready, expectSaid, link, shopperAt, visiting } from "./support/visit.ts";

const HOUR_MS = 3_600_000;

describe("a purchase in trouble", () => {
  it(
    "is sent again after the time the shop asks for, with the same key",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      const requests = await refuseFirst(page, [
        { code: "overloaded", status: 503, retryAfter: 1 },
        { code: "rate_limited", status: 429, retryAfter: 2 },
      ]);
      await button(page).click();
      await expectSaid(page, "A big crowd");
      expect(await button(page).isDisabled()).toBe(true);
      await expectSaid(page, "Slow down a little");
      await expectSaid(page, /Next attempt in \d/);
      await expectSaid(page, "It is yours to pay");
      expect(requests).toHaveLength(3);
      expect(keysOf(requests).size).toBe(1);
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 1 });
    }),
  );

  it(
    "can be given up while it waits",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      const requests = await refuseFirst(page, [{ code: "overloaded", status: 503, retryAfter: 60 }]);
      await button(page).click();
      await page.getByRole("button", { name: "Stop trying" }).click();
      await ready(page).waitFor();
      await page.reload();
      await ready(page).waitFor();
      expect(requests).toHaveLength(1);
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 0 });
    }),
  );

  it(
    "survives a reload whose answer never arrived, and takes stock once",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      let arrived = () => {};
      const reached = new Promise<void>((resolve) => (arrived = resolve));
      await page.route(PURCHASES, async (route) => {
        await route.fetch();
        arrived(); // the shop has sold, and the shopper never hears of it
      });
      await button(page).click();
      await expectSaid(page, "You are in line");
      await reached;
      await page.unroute(PURCHASES);
      await page.reload();
      await expectSaid(page, "It is yours to pay");
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 1, orders: { reserved: 1 } });
      // The order is there after the next reload, too, without another purchase.
      await page.reload();
      await expectSaid(page, "It is yours to pay");
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 1, orders: { reserved: 1 } });
    }),
  );

  it(
    "has its time to pay counted by the server's clock, though the first question for it is lost",
    visiting(async (enter) => {
      const sale = await putUp({ holdSeconds: 300 });
      const { page, context } = await shopperAt(enter, sale.id);
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      // An hour slow: by this clock there would be an hour more.
      await context.addInitScript((behind) => {
        const real = Date.now.bind(Date);
        Date.now = () => real() - behind;
      }, HOUR_MS);
      await page.route("**/stock", (route) => route.abort(), { times: 1 });
      await link(page).click();
      await page.locator("#order[data-state=reserved]").waitFor();
      await expect.poll(() => page.locator("[data-unit=hours] b").textContent()).toBe("00");
    }),
  );

  it(
    "waits while the network is away, and goes on by itself",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page, context } = await shopperAt(enter, sale.id);
      await ready(page).waitFor();
      await context.setOffline(true);
      await button(page).click();
      await expectSaid(page, "You are offline");
      await context.setOffline(false);
      await expectSaid(page, "It is yours to pay");
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 1 });
    }),
  );

  it(
    "refreshes an expired session once, and sends the call again",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page, context } = await shopperAt(enter, sale.id);
      await context.clearCookies({ name: "spike_session" });
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      await context.clearCookies();
      await page.reload();
      await page.getByRole("link", { name: "Log in to buy" }).waitFor();
    }),
  );
});
