import type { Page, WebSocketRoute } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { liveFrame } from "../../durable-objects/spike-monitor/frames.ts";
import { violations } from "./support/axe.ts";
import { holdRehearsal, rehearsedSale } from "./support/rehearsal.ts";
import { putUp, shopper } from "./support/shop.ts";
import { adminAt, visiting } from "./support/visit.ts";
import { downloadedCsv } from "./support/csv.ts";

/** A stock that no other test's sale has. */
const STOCK = 61;
const USERS = 300;
/** A rehearsal of this size and the page beside it, on a busy machine, in milliseconds. */
const REHEARSAL_MAX_MS = 240_000;

/** A big figure, as a number. */
async function figure(page: Page, name: string): Promise<number> {
  const text = (await page.locator(`[data-figure=${name}] dd`).textContent()) ?? "";
  return Number(text.replaceAll(",", ""));
}

describe("the live view", () => {
  it(
    "follows a rehearsal second by second, while the admin puts up another sale, until its orders are a file",
    { timeout: REHEARSAL_MAX_MS },
    visiting(async (enter) => {
      const admin = await adminAt(enter, "/admin/sales/new");
      const { page } = admin;
      const rehearsal = holdRehearsal(USERS, STOCK);
      const id = await rehearsedSale(STOCK);
      await page.locator("#title").fill("Beech stool");
      await page.locator("#price").fill("5");
      await page.getByRole("button", { name: "Create the sale" }).click();
      await page.waitForURL((url) => /^\/admin\/sales\/(?!new)/.test(url.pathname));

      await page.goto(`/admin/sales/${id}`);
      await page.locator("[data-connection=live]").waitFor();
      // The crowd comes, and every part of the view moves with it.
      await page
        .locator("[data-figure=left] dd")
        .filter({ hasNotText: String(STOCK) })
        .waitFor();
      await page.locator("[data-orders=paid] dd").filter({ hasText: /[1-9]/ }).waitFor();
      await page.locator(".funnel li", { hasText: "Sold out" }).first().waitFor();
      await page.locator("tbody th", { hasText: "Gate 1" }).waitFor();
      const report = await rehearsal;
      expect(report.checks.filter(({ pass }) => !pass)).toEqual([]);

      await page.locator("[data-orders=reserved] dd", { hasText: /^0$/ }).waitFor();
      await page.locator("[data-figure=unrecorded] dd", { hasText: /^0$/ }).waitFor();
      expect(await figure(page, "left")).toBe(await stillLeft(page));
      await page.getByRole("link", { name: "Orders" }).nth(1).click();
      await page.locator("tbody tr").first().waitFor();
      const [head = "", ...rows] = (await downloadedCsv(page)).trim().split(/\r?\n/);
      expect(head).toContain("state");
      // Whoever won is in it, once: also those who cancelled or came too late to pay.
      expect(rows).toHaveLength(new Set(rows).size);
      expect(rows).toHaveLength(report.figures.totals.wins);
      expect(admin.complaints).toEqual([]);
    }),
  );

  it(
    "says of what no frame has told yet that it is not known, and not that it is 0",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Oak crate" });
      const { page } = await adminAt(enter, "/admin");
      const sockets: WebSocketRoute[] = [];
      await page.routeWebSocket("**/live", (socket) => void sockets.push(socket));
      await page.goto(`/admin/sales/${sale.id}`);
      // Without frames the ledger is read, and knows how many are left.
      await expect.poll(() => figure(page, "left")).toBe(10);
      const untold = [
        ...["attempts", "wins", "unrecorded", "lag"].map((name) => `[data-figure=${name}] dd`),
        ...["purchase", "token"].map((name) => `[aria-labelledby=funnel-${name}] .step-count`),
        "[aria-labelledby=gates] p",
      ];
      for (const place of untold) {
        const texts = await page.locator(place).allTextContents();
        expect([...new Set(texts)], place).toEqual(["–not known yet"]);
      }
      expect(await violations(page)).toEqual([]);
      const frame = JSON.stringify(liveFrame([], {}, null, Date.now()));
      await expect
        .poll(async () => {
          sockets.at(-1)?.send(frame);
          return page.locator("[data-figure=attempts] dd").textContent();
        })
        .toBe("0");
      expect(await page.locator(".funnel .step-count").allTextContents()).toEqual(["0", "0", "0", "0"]);
      await page.getByText("Nothing has come through yet.").waitFor();
    }),
  );

  it(
    "connects again by itself after the connection was lost, and has missed nothing",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Ash ladder" });
      const { page } = await adminAt(enter, "/admin");
      const sockets: WebSocketRoute[] = [];
      await page.routeWebSocket("**/live", (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      });
      await page.goto(`/admin/sales/${sale.id}`);
      await page.locator("[data-connection=live]").waitFor();
      await sockets[0]?.close({ code: 1012, reason: "the server restarts" });
      await (await shopper()).buy(sale.id);
      await vi.waitUntil(() => sockets.length > 1, { timeout: 60_000 });
      await page.locator("[data-connection=live]").waitFor();
      await page.locator(".funnel li", { hasText: "Got through" }).first().getByText("1").waitFor();
      await expect.poll(() => figure(page, "left")).toBe(9);
    }),
  );
});

/** What the words below the bar say is left. */
async function stillLeft(page: Page): Promise<number> {
  return Number.parseInt((await page.locator("[data-part=left]").textContent()) ?? "", 10);
}
