import { describe, expect, it } from "vitest";
import { keysOf, PURCHASES, refuseFirst } from "./support/purchases.ts";
import { ledgerOf, putUp } from "./support/shop.ts";
import { button, ready, expectSaid, link, register, shopperAt, visiting } from "./support/visit.ts";

const HOUR_MS = 3_600_000;
const PROBLEM = "application/problem+json";

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
      // Bought after all, it is the same purchase: the first one may have got through.
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(keysOf(requests).size).toBe(1);
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
    "is not lost on the way to its payment: a no is said and stays until it worked",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      // The database is away: the order is on its way for as long as it takes.
      const unrecorded = { state: "reserved", recorded: false };
      await page.route("**/api/orders/*", (route) => route.fulfill({ status: 202, json: unrecorded }));
      await page.route("**/payment", (route) => route.fulfill({ status: 500, body: "<h1>No</h1>" }), {
        times: 1,
      });
      await button(page).click();
      await link(page).click();
      await page.locator("#order[data-state=recording]").waitFor();
      await page.locator("#order-clock").waitFor();
      await page.getByRole("button", { name: "Pay now" }).click();
      await expectSaid(page, "That did not work");
      await page.getByRole("button", { name: "Pay now" }).click();
      await page.locator("#order[data-state=paid]").waitFor();
      expect(await ledgerOf(sale.id)).toMatchObject({ sold: 1, held: 0 });
    }),
  );

  it(
    "goes on with its own key after the session ended and the shopper logged in again",
    visiting(async (enter) => {
      const sale = await putUp({ maxPerUser: 5 });
      const visitor = await enter();
      const username = await register(visitor);
      const { page, context } = visitor;
      await page.goto(`/en/spikes/${sale.id}`);
      await ready(page).waitFor();
      const requests = await refuseFirst(page, [{ code: "unauthenticated", status: 401 }]);
      await page.route("**/api/sessions/refresh", (route) =>
        route.fulfill({ status: 401, contentType: PROBLEM, body: '{"code":"unauthenticated"}' }),
      );
      await button(page).click();
      await link(page).click();
      await page.locator("#username").fill(username);
      await page.locator("#password").fill("a long enough phrase");
      await page.locator("#submit").click();
      await expectSaid(page, "It is yours to pay");
      expect(keysOf(requests).size).toBe(1);
      // Another tab of the same browser, and then somebody else in it.
      const other = await context.newPage();
      await other.goto(`/en/spikes/${sale.id}`);
      await expectSaid(other, "It is yours to pay");
      await other.getByRole("button", { name: "Log out" }).click();
      await page.getByRole("link", { name: "Log in to buy" }).waitFor();
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
