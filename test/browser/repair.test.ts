import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { putUp, shopper } from "./support/shop.ts";
import { adminAt, visiting } from "./support/visit.ts";

const verdict = (page: Page, kind: "matches" | "differs") =>
  page.locator(`[data-reconciliation=${kind}]`).waitFor();

const order = (changes: Record<string, unknown> = {}) => ({
  ...{
    id: "sale-1-nonce",
    spikeId: "sale",
    spikeTitle: "Lamp",
    quantity: 1,
    amountMinor: 4_900,
    currency: "EUR",
  },
  ...{ state: "paid", payBefore: "2026-11-11T00:00:00Z", createdAt: "2026-11-11T00:00:00Z" },
  ...{ updatedAt: "2026-11-11T00:00:00Z", userId: "u-owner", version: 2, ...changes },
});

/** Answers what the page asks of this path, in the place of the server: it has nothing that is broken. */
async function pretend(
  page: Page,
  path: RegExp,
  answer: (method: string, body: unknown) => unknown,
): Promise<void> {
  await page.route(path, async (route) => {
    const request = route.request();
    await route.fulfill({ json: answer(request.method(), request.postDataJSON()) });
  });
}

describe("an admin who puts things right", () => {
  it(
    "compares a sale with its orders, and repairs after being asked",
    visiting(async (enter) => {
      const sale = await putUp();
      await (await shopper()).buy(sale.id);
      const { page } = await adminAt(enter, `/admin/sales/${sale.id}`);
      await page.getByRole("button", { name: "Compare" }).click();
      await verdict(page, "matches");
      await page.locator(".reconciliation tr", { hasText: "To pay" }).getByText("1").first().waitFor();
      await page.getByRole("button", { name: "Repair the database" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Repair" }).click();
      await verdict(page, "matches");
      expect(await violations(page)).toEqual([]);
    }),
  );

  it(
    "sees each difference with both sides, in Chinese too",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await adminAt(enter, `/admin/sales/${sale.id}`);
      const counts = { reserved: 0, paid: 1, cancelled: 0, expired: 0 };
      await pretend(page, /\/reconciliation$/, () => ({
        ...{
          run: "r",
          spikeId: sale.id,
          mode: "compare",
          state: "done",
          startedBy: "u",
          startedAt: "2026-11-11T00:00:00Z",
        },
        ...{ progress: { done: 2, total: 2 }, counts: { ledger: counts, database: counts } },
        ...{
          found: { missing: 0, extra: 0, different: 1, onTheWay: 3 },
          kept: 0,
          refused: 0,
          matches: false,
        },
        differences: [
          {
            ...{
              orderId: "sale-1-nonce",
              kind: "different",
              fields: ["amountMinor", "currency"],
              outcome: "found",
            },
            ...{ ledger: order(), database: order({ amountMinor: 1, currency: "?" }) },
          },
        ],
      }));
      await page.getByRole("button", { name: "Compare" }).click();
      await verdict(page, "differs");
      const row = page.locator("[data-difference=different]");
      await row.getByText("€49").waitFor();
      await row.getByText("1 ?").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByRole("button", { name: "核对" }).click();
      await page.locator("[data-difference=different]").getByText("内容不同").waitFor();
    }),
  );

  it(
    "reads, discards and replays dead letters, and sees how many there are",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin");
      const letter = {
        id: "a.1",
        state: "open",
        reason: "too long",
        attempts: 7,
        failedAt: "2026-11-11T00:00:00Z",
      };
      let letters = [letter, { ...letter, id: "b.1" }];
      let left = 150;
      const discarded: unknown[] = [];
      await pretend(page, /\/health$/, () => ({ status: "ok", version: "1", deadLetters: 2 }));
      await pretend(page, /\/dead-letters\?/, () => ({ deadLetters: letters, open: letters.length }));
      await pretend(page, /\/dead-letters\/a\.1$/, () => ({ ...letter, body: '{"format":1}' }));
      await pretend(page, /\/dead-letters\/a\.1\/discard$/, (_, body) => {
        discarded.push(body);
        letters = letters.slice(1);
        return letter;
      });
      await pretend(page, /\/dead-letters\/replay$/, () => {
        const replayed = Math.min(100, left);
        left -= replayed;
        return { replayed, failed: [], unreadable: 0, remaining: left, before: "2026-11-12T00:00:00Z" };
      });
      await page.goto("/admin/repair");
      await page.getByRole("link", { name: "Repair (2)" }).waitFor();
      const first = page.locator("[data-letter=open]").first();
      await first.getByRole("button", { name: "Read" }).click();
      await first.getByText('{"format":1}').waitFor();
      expect(await violations(page)).toEqual([]);
      await first.getByLabel(/Why is it not needed/).fill("a bad test");
      await first.getByRole("button", { name: "Discard" }).click();
      await page.locator("[data-letter=open]").nth(1).waitFor({ state: "detached" });
      expect(discarded).toEqual([{ reason: "a bad test" }]);
      await page.getByRole("button", { name: "Replay all" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Replay all" }).click();
      await page.getByText("150 replayed.").waitFor();
    }),
  );

  it(
    "restores a lost ledger after being asked, and looks after all sales",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin");
      await pretend(page, /\/lost-ledgers$/, () => ({ sales: [{ id: "lost0", title: "Brass lamp" }] }));
      const steps = [
        { state: "walking", progress: { done: 1_000, total: 1_500 }, cursor: "c" },
        {
          state: "waiting",
          progress: { done: 1_500, total: 1_500 },
          until: new Date(Date.now() + 600_000).toISOString(),
        },
        {
          state: "done",
          progress: { done: 1_500, total: 1_500 },
          ledger: { orders: 1_500, sold: 900, missing: 2 },
        },
      ];
      const asked: unknown[] = [];
      await pretend(page, /\/restoration$/, (method, body) => {
        if (method === "GET") return { orders: { paid: 900, reserved: 5 }, units: 1_000, deadLetters: 0 };
        asked.push(body);
        return { restore: "r", ...steps[asked.length - 1] };
      });
      await page.goto("/admin/repair");
      const lost = page.locator("[data-lost=lost0]");
      await lost.getByText("900 paid, 5 unpaid · 1,000 units known").waitFor();
      await lost.getByRole("button", { name: "Restore" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
      await lost.getByText("The orders must stand still until").waitFor();
      await lost.getByRole("button", { name: "Restore" }).click();
      await lost.getByText("900 units sold, 2 numbers without an order").waitFor();
      expect(asked).toEqual([
        { confirm: "lost0", unpaid: "expire" },
        { confirm: "lost0", unpaid: "expire", restore: "r", cursor: "c" },
        { confirm: "lost0", unpaid: "expire", restore: "r" },
      ]);
      expect(await violations(page)).toEqual([]);
      await putUp();
      await page.getByRole("button", { name: "Compare all" }).click();
      await page.getByText(/\d+ sales are being looked at/).waitFor();
      await page.getByRole("group", { name: "Runs so far" }).locator("tbody tr").first().waitFor();
    }),
  );
});
