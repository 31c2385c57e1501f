import { describe, expect, it } from "vitest";
import { ledgerOf, putUp, untilServerTime } from "./support/shop.ts";
import { button, ready, register, expectSaid, visiting } from "./support/visit.ts";

const HOUR_MS = 3_600_000;

describe("the start", () => {
  it(
    "lights the button up by the server's clock, whatever the local one says",
    visiting(async (enter) => {
      const visitor = await enter();
      await register(visitor);
      // An hour fast: by this clock the sale would be running already.
      await visitor.context.addInitScript((ahead) => {
        const real = Date.now.bind(Date);
        Date.now = () => real() + ahead;
      }, HOUR_MS);
      const sale = await putUp({ startsInMs: 6_000 });
      const { page } = visitor;
      const tooEarly: number[] = [];
      page.on("response", (response) => {
        if (response.status() === 425) tooEarly.push(response.status());
      });
      await page.goto(`/en/spikes/${sale.id}`);
      await expectSaid(page, "You are ready");
      expect(await button(page).isDisabled()).toBe(true);
      const enabled = ready(page).waitFor();
      await untilServerTime(sale.id, Date.parse(sale.startsAt) - 1_500);
      await enabled;
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      expect(tooEarly).toEqual([]);
      expect(await ledgerOf(sale.id)).toMatchObject({ held: 1 });
    }),
  );

  it(
    "is as far away as the server says",
    visiting(async (enter) => {
      const { page, context } = await enter();
      await context.addInitScript((behind) => {
        const real = Date.now.bind(Date);
        Date.now = () => real() - behind;
      }, HOUR_MS);
      const sale = await putUp({ startsInMs: 2 * HOUR_MS + 30_000, endsInMs: 3 * HOUR_MS });
      await page.goto(`/en/spikes/${sale.id}`);
      await page.locator("[data-unit=hours] b", { hasText: "02" }).waitFor();
      await expect.poll(() => page.locator("[data-unit=minutes] b").textContent()).toBe("00");
      await expect.poll(() => page.locator("#clock-label").textContent()).toBe("Starts in");
    }),
  );
});
