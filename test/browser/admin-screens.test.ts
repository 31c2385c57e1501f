import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { putUp, shopper } from "./support/shop.ts";
import { adminAt, visiting } from "./support/visit.ts";

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 900 };

/** Screens by their addresses below /admin, each with what it shows once it is there. */
const SCREENS: [path: string, landmark: string][] = [
  ["", ".sale-row"],
  ["/orders", "thead"],
  ["/users", "thead"],
  ["/audit", "thead"],
  ["/settings", "#overloadFactor"],
  ["/blacklist", "#bar-value"],
  ["/sales/new", ".preview h1"],
  ["/webhooks", "#screen h1"],
  ["/repair", "#screen h1"],
];
const ofSale = (id: string): typeof SCREENS => [
  [`/sales/${id}/edit`, ".preview h1"],
  [`/sales/${id}/settings`, "#gatesPerSpike"],
  [`/sales/${id}`, "[data-orders=reserved]"],
];

async function expectQuiet(page: Page, path: string, landmark: string): Promise<void> {
  await page.goto(`/admin${path}`);
  await page.locator(landmark).first().waitFor();
  await page.waitForLoadState("networkidle");
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize(PHONE);
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  expect(overflow, `${path} is wider than ${PHONE.width} px`).toBeLessThanOrEqual(0);
  await page.setViewportSize(WIDE);
}

describe("the dashboard's screens", () => {
  it(
    "have nothing that axe finds, in light and dark, and none is wider than a phone",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Linen apron" });
      await (await shopper()).buy(sale.id);
      const admin = await adminAt(enter, "/admin");
      const { page } = admin;
      for (const [path, landmark] of [...SCREENS, ...ofSale(sale.id)]) {
        await expectQuiet(page, path, landmark);
      }
      await page.getByRole("button", { name: "Delete" }).click();
      expect(await violations(page)).toEqual([]);
      expect(admin.complaints).toEqual([]);
    }),
  );

  it(
    "speak Chinese to whoever prefers it, and fit a phone there too",
    visiting(async (enter) => {
      const sale = await putUp({ title: "亚麻围裙", description: "手工缝制。" });
      const { page } = await adminAt(enter, "/admin", { locale: "zh-CN", viewport: PHONE });
      for (const [path, landmark] of [...SCREENS, ...ofSale(sale.id)]) {
        await page.goto(`/admin${path}`);
        await page.locator(landmark).first().waitFor();
        const text = await page.locator("body").innerText();
        // Names, codes and units are what is left in Latin letters: never a sentence.
        expect(text, path).not.toMatch(/[a-z]+ (?:the|of|is|a|to|in) [a-z]+/);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(overflow, `${path} is wider than ${PHONE.width} px`).toBeLessThanOrEqual(0);
      }
      await expect.poll(() => page.locator("html").getAttribute("lang")).toBe("zh-CN");
    }),
  );

  it(
    "change their language with a switch, which the shop follows",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin/users");
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByRole("heading", { name: "用户" }).waitFor();
      await page.goto("/admin/audit");
      await page.getByRole("heading", { name: "审计日志" }).waitFor();
      await page.goto("/");
      await page.waitForURL("**/zh");
      await page.goto("/admin/audit");
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("heading", { name: "Audit log" }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/admin/audit");
    }),
  );
});
