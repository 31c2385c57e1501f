import { describe, expect, it } from "vitest";
import { asAdmin, ledgerOf, putUp } from "./support/shop.ts";
import { button, link, ready, expectSaid, shopperAt, type Visitor, visiting } from "./support/visit.ts";

const outcome = async ({ page }: Visitor) => {
  await page.locator("#status[data-tone=good], #status[data-tone=no]").waitFor();
  return page.locator("#status").getAttribute("data-tone");
};

describe("the stock", () => {
  it(
    "goes to one of two who race for the last unit, and on when that one gives up",
    visiting(async (enter) => {
      const sale = await putUp({ stock: 1 });
      const rivals = [await shopperAt(enter, sale.id), await shopperAt(enter, sale.id)];
      await Promise.all(rivals.map(({ page }) => button(page).click()));
      const outcomes = await Promise.all(rivals.map(outcome));
      expect(new Set(outcomes)).toEqual(new Set(["good", "no"]));
      const [winner, loser] = outcomes[0] === "good" ? rivals : rivals.toReversed();
      await expectSaid(loser!.page, "Sold out for now");

      await link(winner!.page).click();
      await winner!.page.getByRole("button", { name: "Give it up" }).click();
      await winner!.page.getByText("Give it up?").waitFor();
      await winner!.page.locator("#order-actions .danger").click();
      await winner!.page.locator("#order[data-state=cancelled]").waitFor();

      // Nobody reloads: the page sees the unit come back.
      await ready(loser!.page).click();
      await expectSaid(loser!.page, "It is yours to pay");
      expect(await ledgerOf(sale.id)).toMatchObject({ total: 1, held: 1, sold: 0 });
    }),
  );

  it(
    "comes back from who does not pay in time",
    visiting(async (enter) => {
      const sale = await putUp({ stock: 1, holdSeconds: 2 });
      const { page } = await shopperAt(enter, sale.id);
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      await link(page).click();
      await page.locator("#order[data-state=expired]").waitFor();
      await page.getByRole("link", { name: "Back to the sale" }).click();
      await expectSaid(page, "The time to pay ran out");
      await ready(page).waitFor();
      expect(await ledgerOf(sale.id)).toMatchObject({ available: 1, held: 0 });
    }),
  );

  it(
    "is not sold while the sale is paused, and the attempt goes on afterwards",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      await ready(page).waitFor();
      await asAdmin("POST", `/spikes/${sale.id}/pause`);
      await page.locator("#phase[data-phase=paused]").waitFor();
      await expectSaid(page, "The sale is paused");
      expect(await button(page).isDisabled()).toBe(true);
      await asAdmin("POST", `/spikes/${sale.id}/resume`);
      await ready(page).click();
      await expectSaid(page, "It is yours to pay");
    }),
  );
});
