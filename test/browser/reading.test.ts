import { describe, expect, it } from "vitest";
import { putUp } from "./support/shop.ts";
import { visiting } from "./support/visit.ts";

describe("without JavaScript", () => {
  it(
    "all that can be read is there, in both languages",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Paper lantern" });
      const { page } = await enter({ javaScriptEnabled: false, locale: "zh-CN" });
      await page.goto("/");
      await page.getByRole("link", { name: "Paper lantern" }).click();
      expect(new URL(page.url()).pathname).toBe(`/zh/spikes/${sale.id}`);
      const text = (await page.locator("main").innerText()).replace("PAPER LANTERN", "Paper lantern");
      for (const word of [
        "Paper lantern",
        "正在秒杀",
        "€49",
        "剩余 10 / 10 件",
        "Turned by hand.",
        "购买需要开启 JavaScript",
      ]) {
        expect(text).toContain(word);
      }
      expect(await page.locator("#buy-button").isVisible()).toBe(false);
      await page.getByRole("link", { name: "English" }).click();
      await expect.poll(() => page.locator("main").innerText()).toContain("To buy, switch JavaScript on.");
      await expect.poll(() => page.locator(".moment time").innerText()).toContain("UTC");
    }),
  );

  it(
    "an address that leads nowhere says so",
    visiting(async (enter) => {
      const { page } = await enter({ javaScriptEnabled: false });
      for (const path of ["/en/spikes/nosuchsale00", "/nowhere"]) {
        const response = await page.goto(path);
        expect(response?.status()).toBe(404);
        await page.getByRole("heading", { name: "Nothing here" }).waitFor();
      }
    }),
  );
});
