import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { downloadedCsv } from "./support/csv.ts";
import { asAdmin, ledgerOf, logInAsAdminOn, putUp, shopper } from "./support/shop.ts";
import { adminAt, register, visiting } from "./support/visit.ts";

const figure = (page: Page, name: string, text: string | RegExp) =>
  page.locator(`[data-figure=${name}] dd`, { hasText: text }).waitFor();

describe("an admin", () => {
  it(
    "creates a sale, watches shoppers buy it, restocks, and downloads the orders",
    visiting(async (enter) => {
      const admin = await adminAt(enter, "/admin");
      const { page } = admin;
      await page.getByRole("link", { name: "New sale" }).click();
      await page.locator("#title").fill("Copper kettle");
      await page.locator("#price").fill("19.99");
      await page.locator("#stock").fill("3");
      await page.locator("#startsAt").fill("2026-01-01T00:00:00");
      await page.locator("#endsAt").fill("2025-01-01T00:00:00");
      await page.getByRole("button", { name: "Create the sale" }).click();
      await page.locator("#endsAt-error", { hasText: "Must be after the start" }).waitFor();
      await expect.poll(() => page.locator(":focus").getAttribute("id")).toBe("endsAt");
      await page.locator(".preview h1", { hasText: "Copper kettle" }).waitFor();
      await page.locator("#endsAt").fill("2099-01-01T00:00:00");
      await page.getByRole("button", { name: "Create the sale" }).click();
      await page.waitForURL((url) => /^\/admin\/sales\/(?!new)/.test(url.pathname));
      const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";

      await page.locator("[data-connection=live]").waitFor();
      await figure(page, "left", "3");
      const buyers = [await shopper(), await shopper(), await shopper()];
      for (const buyer of buyers) await buyer.buy(id);
      await figure(page, "left", "0");
      await page.locator("[data-orders=reserved] dd", { hasText: "3" }).waitFor();
      await page.locator(".funnel li", { hasText: "Got through" }).first().getByText("3").waitFor();
      await buyers[0]?.pay();
      await page.locator("[data-orders=paid] dd", { hasText: "1" }).waitFor();
      await page.locator("[data-part=sold]", { hasText: "1 sold" }).waitFor();

      await page.getByLabel("Units to add").fill("5");
      await page.getByRole("button", { name: "Restock" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Restock" }).click();
      await figure(page, "left", "5");
      expect(await ledgerOf(id)).toMatchObject({ total: 8, available: 5, held: 2, sold: 1 });

      await page.getByRole("link", { name: "Orders" }).nth(1).click();
      await page.locator("tbody tr").nth(2).waitFor();
      await page.locator("#filter-state").selectOption("paid");
      await page.locator("tbody tr").nth(1).waitFor({ state: "detached" });
      const lines = (await downloadedCsv(page)).trim().split(/\r?\n/);
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain(buyers[0]?.userId);
      expect(admin.complaints).toEqual([]);
    }),
  );

  it(
    "pauses a sale after being asked, takes it back, and plans a wave",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Felt slippers" });
      const { page } = await adminAt(enter, `/admin/sales/${sale.id}`);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.keyboard.press("Escape");
      await page.locator(".phase[data-phase=open]").waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("button", { name: "Pause the sale" }).click();
      await page.locator(".phase[data-phase=paused]").waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.locator(".phase[data-phase=open]").waitFor();
      await page.getByRole("button", { name: "Add a wave" }).click();
      await page.getByLabel("Units of wave 1").fill("40");
      await page.getByRole("button", { name: "Save the waves" }).click();
      await page.getByText("40 still to come in waves").waitFor();
      expect(await ledgerOf(sale.id)).toMatchObject({ total: 10, scheduled: 40 });
    }),
  );

  it(
    "builds access rules and asks who would get in",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin/sales/new");
      const somebody = await shopper();
      await page.getByRole("button", { name: "Add a rule" }).click();
      await page.getByLabel("Kind of rule").selectOption("any");
      const inner = page.locator(".rule-box .rule-box");
      await inner.getByLabel("Star level").fill("3");
      await page.locator(".rule-box").first().getByRole("button", { name: "Add a rule" }).click();
      await inner.nth(1).getByLabel("Kind of rule").selectOption("countries");
      await inner.nth(1).getByLabel("DE, FR, T1").fill("fr, de");
      await page.locator("#check-user").fill(somebody.username);
      await page.getByRole("button", { name: "Look the account up" }).click();
      await page
        .locator(`#check-user`)
        .and(page.locator(`[value="${somebody.userId}"]`))
        .waitFor();
      await page.getByRole("button", { name: "Ask" }).click();
      await page.locator(".verdict[data-verdict=no]").waitFor();
      await page.locator("#check-country").fill("de");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.locator(".verdict[data-verdict=yes]").waitFor();
      await expect.poll(() => page.locator(".verdict").textContent()).toBe("Would get in.");
    }),
  );

  it(
    "sees rates come to a stop and stock go on when no WebSocket can be had",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Slate clock" });
      const { page } = await adminAt(enter, "/admin");
      await page.routeWebSocket("**/live", (socket) => socket.close());
      await page.goto(`/admin/sales/${sale.id}`);
      await page.locator("[data-connection=polling]").waitFor();
      await figure(page, "left", "10");
      await (await shopper()).buy(sale.id);
      await figure(page, "left", "9");
      expect(await ledgerOf(sale.id)).toMatchObject({ available: 9 });
    }),
  );

  it(
    "changes a star level, a setting and the blacklist, and finds it all in the audit log",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin/users");
      const somebody = await shopper();
      await page.locator("#query").fill(somebody.username);
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByLabel(`Star level of ${somebody.username}`).fill("4");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText(`Changed ${somebody.username}.`).waitFor();

      await page.goto("/admin/blacklist");
      await page.locator("#bar-value").fill(somebody.userId);
      await page.getByRole("button", { name: "Bar", exact: true }).click();
      await page.locator("#bar-why-error", { hasText: "Say why" }).waitFor();
      await page.locator("#bar-why").fill("Bought for resale");
      await page.getByRole("button", { name: "Bar", exact: true }).click();
      await page.locator("tbody tr", { hasText: somebody.userId }).getByRole("button").click();
      await page.getByRole("button", { name: "Lift the ban" }).last().click();
      await page.getByText("is no longer barred").waitFor();

      await page.goto("/admin/settings");
      await page.locator("#overloadFactor").fill("1001");
      await page.getByRole("button", { name: "Save 1 of them" }).click();
      await page.locator("#overloadFactor-error", { hasText: "At most 1,000" }).waitFor();
      await page.locator("#overloadFactor").fill("7");
      await page.getByRole("button", { name: "Save 1 of them" }).click();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.locator("#overloadFactor").and(page.locator('[value="2"]')).waitFor();
      expect(await asAdmin("GET", "/settings")).toMatchObject({ overloadFactor: 2 });

      await page.getByRole("button", { name: "Dismiss" }).click();
      await page.getByRole("button", { name: "Back to version 1 this" }).click();
      await page.getByRole("dialog").getByText("Overload factor: 2 → 7").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Back to version 1" }).click();
      await page.getByText("Version 1 is in force again.").waitFor();
      expect(await asAdmin("GET", "/settings")).toMatchObject({ overloadFactor: 7 });

      await page.goto("/admin/audit");
      for (const action of ["user.update", "blacklist.put", "blacklist.delete", "settings.update"]) {
        await page.locator("tbody tr", { hasText: action }).first().waitFor();
      }
    }),
  );

  it(
    "gives one sale a setting of its own, takes it back, and finds both in that sale's history",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Slate coaster" });
      const { page } = await adminAt(enter, `/admin/sales/${sale.id}`);
      await page.locator("#screen").getByRole("link", { name: "Settings" }).click();
      const gates = page.locator("#gatesPerSpike");
      await expect.poll(() => gates.getAttribute("placeholder")).toBe("1");
      await gates.fill("65");
      await page.getByRole("button", { name: "Save 1 of them" }).click();
      await page.locator("#gatesPerSpike-error", { hasText: "At most 64" }).waitFor();
      await gates.fill("4");
      await page.getByRole("button", { name: "Save 1 of them" }).click();
      await page.getByRole("cell", { name: "Gates per sale: as for all → 4" }).waitFor();
      await page.getByRole("cell", { name: "admin", exact: true }).waitFor();
      const settingsOf = (path: string) => asAdmin("GET", path);
      expect(await settingsOf(`/spikes/${sale.id}/settings`)).toMatchObject({ own: { gatesPerSpike: 4 } });
      expect(await settingsOf("/settings")).toMatchObject({ gatesPerSpike: 1 });
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("cell", { name: "Gates per sale: 4 → as for all" }).waitFor();
      expect(await settingsOf(`/spikes/${sale.id}/settings`)).toMatchObject({ own: {} });
    }),
  );

  it(
    "loses nothing to another admin who was faster, nor to a session that ends",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Oak bench" });
      const { page, context } = await adminAt(enter, `/admin/sales/${sale.id}/edit`);
      expect(await page.locator("#stock").isDisabled()).toBe(true);
      await page.locator("#title").fill("Oak bench, long");
      await asAdmin("PATCH", `/spikes/${sale.id}`, { title: "Elm bench", maxPerUser: 3 });
      const save = page.getByRole("button", { name: "Save the changes" });
      const cookies = await context.cookies();
      await context.clearCookies();
      await save.click();
      await page.getByText("Your session has ended.").waitFor();
      await context.addCookies(cookies);
      await save.click();
      await page.locator("#title-error", { hasText: "Somebody has made it: Elm bench" }).waitFor();
      expect(await asAdmin("GET", `/spikes/${sale.id}`)).toMatchObject({ title: "Elm bench" });
      await save.click();
      await page.waitForURL(`**/admin/sales/${sale.id}`);
      const saved = { title: "Oak bench, long", maxPerUser: 3 };
      expect(await asAdmin("GET", `/spikes/${sale.id}`)).toMatchObject(saved);
    }),
  );

  it(
    "duplicates a sale, and deletes one after being asked",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Birch tray", stock: 7 });
      const { page } = await adminAt(enter, `/admin/sales/${sale.id}`);
      await page.getByRole("link", { name: "Duplicate" }).click();
      await page.locator("#title").and(page.locator('[value="Birch tray (copy)"]')).waitFor();
      await page.getByRole("button", { name: "Create the sale" }).click();
      await page.waitForURL((url) => /^\/admin\/sales\/(?!new)/.test(url.pathname));
      const copyId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
      expect(await asAdmin("GET", `/spikes/${copyId}`)).toMatchObject({ stock: 7, phase: "upcoming" });
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByRole("dialog").getByText("This cannot be undone").waitFor();
      await page.getByRole("button", { name: "Leave it" }).click();
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete for good" }).click();
      await page.waitForURL((url) => url.pathname === "/admin");
      await expect(asAdmin("GET", `/spikes/${copyId}`)).rejects.toThrow("404");
    }),
  );

  it(
    "is who the server says: nobody and shoppers see why they may not",
    visiting(async (enter) => {
      const visitor = await enter();
      const { page } = visitor;
      await page.goto("/admin/orders");
      await page.getByRole("heading", { name: "Admins only" }).waitFor();
      await register(visitor);
      await page.goto("/admin/orders");
      await page.getByRole("heading", { name: "This account may not do that" }).waitFor();
      const admin = await enter();
      await admin.page.goto("/admin/audit");
      await admin.page.getByRole("link", { name: "Log in" }).last().click();
      await logInAsAdminOn(admin.page);
      await admin.page.getByRole("heading", { name: "Audit log" }).waitFor();
      expect(new URL(admin.page.url()).pathname).toBe("/admin/audit");
    }),
  );
});
