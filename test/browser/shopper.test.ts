import { describe, expect, it } from "vitest";
import { ledgerOf, putUp } from "./support/shop.ts";
import { button, link, register, expectSaid, shopperAt, visiting } from "./support/visit.ts";

describe("a shopper", () => {
  it(
    "registers, buys, pays and finds the order again",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Walnut radio" });
      const shopper = await enter();
      const { page } = shopper;
      await page.goto("/");
      await page.getByRole("link", { name: "Walnut radio" }).click();
      await page.getByRole("link", { name: "Log in to buy" }).click();
      await page.getByRole("link", { name: "No account yet? Create one" }).click();
      await register(shopper);
      expect(new URL(page.url()).pathname).toBe(`/en/spikes/${sale.id}`);

      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      await link(page).click();
      await page.getByRole("heading", { name: "Walnut radio" }).waitFor();
      // The order's own address, in the other language and back.
      await page.getByRole("link", { name: "中文" }).click();
      await page.getByRole("button", { name: "立即付款" }).waitFor();
      await page.getByRole("link", { name: "English" }).click();
      await page.getByRole("button", { name: "Pay now" }).click();
      await page.locator("#order[data-state=paid]").waitFor();
      await expect.poll(() => page.locator("#order-facts").textContent()).toContain("€49");

      await page.getByRole("link", { name: "All my orders" }).click();
      await page.locator(".badge[data-state=paid]").waitFor();
      await page.getByRole("button", { name: "Cancelled" }).click();
      await page.getByText("No orders").waitFor();
      expect(await ledgerOf(sale.id)).toMatchObject({ sold: 1, held: 0, available: 9 });
      expect(shopper.complaints).toEqual([]);
    }),
  );

  it(
    "is served in Chinese where the browser prefers it, and can switch",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await enter({ locale: "zh-CN" });
      await page.goto(`/spikes/${sale.id}`);
      await page.getByRole("link", { name: "登录后购买" }).waitFor();
      await expect.poll(() => page.locator("html").getAttribute("lang")).toBe("zh-CN");
      await expect.poll(() => page.locator("#stock-text").textContent()).toBe("剩余 10 / 10 件");
      await page.getByRole("link", { name: "English" }).click();
      await page.getByRole("link", { name: "Log in to buy" }).waitFor();
      // The choice is remembered where the address names no language.
      await page.goto(`/spikes/${sale.id}`);
      await page.waitForURL(`**/en/spikes/${sale.id}`);
      await page.goto("/orders");
      await page.waitForURL("**/en/orders");
    }),
  );

  it(
    "has the countdown above the button on a small phone's first screen",
    visiting(async (enter) => {
      const sale = await putUp({ startsInMs: 600_000 });
      const { page } = await enter({ viewport: { width: 360, height: 740 } });
      await page.goto(`/en/spikes/${sale.id}`);
      await link(page).waitFor();
      const digits = await page.locator("#clock .unit b").last().boundingBox();
      const buy = await page.locator("#buy").boundingBox();
      expect(digits!.y + digits!.height).toBeLessThanOrEqual(buy!.y);
    }),
  );

  it(
    "buys as many as chosen before logging in, and no more than allowed",
    visiting(async (enter) => {
      const sale = await putUp({ maxPerUser: 3 });
      const visitor = await enter();
      const { page } = visitor;
      await page.goto(`/en/spikes/${sale.id}`);
      await expect.poll(() => page.locator("#quantity option").allTextContents()).toEqual(["1", "2", "3"]);
      await page.locator("#quantity").selectOption("3");
      await register(visitor);
      await page.goto(`/en/spikes/${sale.id}`);
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 3 });
      // Another browser of the same account knows nothing of the order, and is told.
      await page.evaluate((id) => localStorage.removeItem(`spike.sale.${id}`), sale.id);
      await page.reload();
      await button(page).click();
      await expectSaid(page, "You already have your share");
      await expect.poll(() => link(page).getAttribute("href")).toMatch(new RegExp(`^/en/orders/${sale.id}-`));
    }),
  );

  it(
    "is told which rule says no before the sale starts",
    visiting(async (enter) => {
      const sale = await putUp({ startsInMs: 600_000, accessRules: [{ kind: "min_tier", tier: 3 }] });
      const { page } = await shopperAt(enter, sale.id);
      await expectSaid(page, "This sale is not open to you");
      await expectSaid(page, "star level 3");
      await page.getByRole("link", { name: "中文" }).click();
      await expectSaid(page, "3 星及以上会员");
    }),
  );

  it(
    "sees each mistake beside its field",
    visiting(async (enter) => {
      const { page } = await enter();
      await page.goto("/zh/register");
      await page.locator("#username").fill("ab");
      await page.locator("#account-form [type=submit]").click();
      await page.getByText("请填写此项。").waitFor();
      await page.locator("#password").fill("short");
      await page.locator("#account-form [type=submit]").click();
      await page.getByText("至少 3 个字符。").waitFor();
      await expect.poll(() => page.locator("#username").getAttribute("aria-invalid")).toBe("true");
      await expect.poll(() => page.locator(":focus").getAttribute("id")).toBe("username");
      await page.goto("/en/login?next=//evil.example/");
      await page.locator("#username").fill("nobody.at.all");
      await page.locator("#password").fill("not the password");
      await page.locator("#account-form [type=submit]").click();
      await page.getByText("Username and password do not match.").waitFor();
    }),
  );
});
