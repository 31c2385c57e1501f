import { expect, it, vi } from "vitest";
import { ownShop } from "./support/own-shop.ts";
import { putUpIn, shopper } from "./support/shop.ts";
import { adminAt, visiting } from "./support/visit.ts";

const shop = ownShop();

it(
  "an admin stops every sale after being asked, and lets them go on",
  visiting(async (enter) => {
    const sale = await putUpIn(shop.url, { title: "Tin drum" });
    const { page } = await adminAt(enter, "/admin", { baseURL: shop.url });
    await page.getByRole("button", { name: "Stop every sale" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop every sale" }).click();
    await page.getByRole("alert").getByText("Every sale is stopped").waitFor();
    const late = await shopper(shop.url);
    await expect(late.buy(sale.id)).rejects.toThrow("paused");
    await page.getByRole("button", { name: "Let them go on" }).click();
    await page.getByRole("button", { name: "Stop every sale" }).waitFor();
    await vi.waitFor(() => late.buy(sale.id), { timeout: 60_000, interval: 500 });
    await page.goto(`/admin/sales/${sale.id}`);
    await page.locator("[data-figure=left] dd", { hasText: /^9$/ }).waitFor();
  }),
);
