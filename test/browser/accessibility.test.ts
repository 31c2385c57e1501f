import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { putUp } from "./support/shop.ts";
import { button, link, ready, register, expectSaid, visiting } from "./support/visit.ts";

describe("accessibility", () => {
  it(
    "axe finds nothing on any page, in light and dark, wide and narrow",
    visiting(async (enter) => {
      const sales = [
        await putUp({ startsInMs: 40_000 }),
        await putUp({ endsInMs: 1_000, startsInMs: -60_000 }),
        await putUp({ stock: 1, maxPerUser: 2 }),
      ];
      const visitor = await enter({ viewport: { width: 320, height: 720 } });
      const { page } = visitor;
      const found: string[] = [];
      const paths = ["/en", "/zh", "/en/login", "/zh/register", "/en/orders", "/en/nowhere"];
      for (const path of [...paths, ...sales.map(({ id }) => `/en/spikes/${id}`)]) {
        await page.goto(path);
        await page.locator(path.includes("/spikes/") ? "#status strong" : "h1").waitFor();
        found.push(...(await violations(page)));
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(overflow, `${path} is wider than 320 px`).toBeLessThanOrEqual(0);
      }
      await register(visitor);
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(`/en/spikes/${sales[2]!.id}`);
      await ready(page).waitFor();
      found.push(...(await violations(page)));
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      found.push(...(await violations(page)));
      await link(page).click();
      await page.locator("#order[data-state=reserved]").waitFor();
      found.push(...(await violations(page)));
      await page.goto("/zh/orders");
      await page.locator(".order-row").first().waitFor();
      found.push(...(await violations(page)));
      expect(found).toEqual([]);
    }),
  );

  it(
    "a keyboard is enough to buy and to pay",
    visiting(async (enter) => {
      const sale = await putUp();
      const visitor = await enter();
      await register(visitor);
      const { page } = visitor;
      await page.goto(`/en/spikes/${sale.id}`);
      await ready(page).waitFor();
      await page.keyboard.press("Tab");
      await expect.poll(() => page.locator(":focus").innerText()).toBe("Skip to content");
      await button(page).focus();
      await page.keyboard.press("Enter");
      await link(page).waitFor();
      // What replaces the button has the focus that was on it.
      await expect.poll(() => page.locator(":focus").getAttribute("id")).toBe("buy-link");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Pay now" }).focus();
      await page.keyboard.press("Enter");
      await page.locator("#order[data-state=paid]").waitFor();
    }),
  );
});
