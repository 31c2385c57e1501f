import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { ownShop } from "./support/own-shop.ts";
import { adminAt, visiting } from "./support/visit.ts";

/** The orders of other tests would be delivered as well, hundreds of them before the trial. */
const shop = ownShop();

describe("an admin who tells the shop's systems of orders", () => {
  it(
    "adds an endpoint, copies its secret, tries it out, changes the secret, and removes it",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin/webhooks", { baseURL: shop.url });
      const wrong = "https://10.0.0.1/hook";
      await page.getByLabel("Address").fill(wrong);
      await page.getByRole("button", { name: "Add" }).click();
      await page.locator("#webhook-url-error", { hasText: "Must not be a private address" }).waitFor();

      for (const event of ["reserved", "paid", "cancelled", "expired"])
        await page.getByLabel(event).uncheck();
      await page.getByRole("button", { name: "Add" }).click();
      await page.locator("#webhook-events-error", { hasText: "Choose at least one" }).waitFor();
      expect(await page.locator("#webhook-url-error").innerText()).toBe("");
      for (const event of ["reserved", "paid", "cancelled", "expired"]) await page.getByLabel(event).check();

      // A name that no resolver knows: nothing leaves this machine, and the list says so.
      const url = "https://shop.nowhere-at-all.com/hook";
      await page.getByLabel("Address").fill(url);
      await page.getByLabel("expired").uncheck();
      await page.getByRole("button", { name: "Add" }).click();
      const secret = await page.locator("[data-secret]").innerText();
      expect(secret).toMatch(/^whsec_/);
      const row = page.locator("tbody tr", { hasText: url });
      await row.getByText("reserved, paid, cancelled").waitFor();
      expect(await violations(page)).toEqual([]);

      await row.getByRole("link").click();
      await page.getByRole("heading", { name: url }).waitFor();
      await page.getByRole("button", { name: "Send a trial" }).click();
      const delivery = page.locator("[data-delivery]", { hasText: "trial" });
      await delivery.waitFor();
      await page.getByRole("button", { name: "New secret" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Make a new secret" }).click();
      await expect.poll(() => page.locator("[data-secret]").innerText()).not.toBe(secret);
      await delivery.getByRole("button", { name: "Send again" }).click();
      await page.getByText("It is on its way again.").waitFor();
      await page.locator("#delivery-state").selectOption("delivered");
      await page.getByText("Nothing.", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Switch off" }).click();
      await page.getByRole("button", { name: "Switch on" }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 720 });
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow, "the screen is wider than 320 px").toBeLessThanOrEqual(0);

      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click();
      await page.waitForURL("**/admin/webhooks");
      await page.getByRole("heading", { name: "Webhooks" }).waitFor();
      await page.waitForLoadState("networkidle");
      await row.waitFor({ state: "detached" });
    }),
  );
});
