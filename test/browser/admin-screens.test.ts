import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.ts";
import { explainDelivery, explainLetter } from "../../workers/shared/explanations.ts";
import { addWebhook, putUp, shopper } from "./support/shop.ts";
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
const ofWebhook = (id: string): typeof SCREENS => [[`/webhooks/${id}`, "#delivery-state"]];
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

const STALE = { createdAt: "2026-11-11T00:00:00Z", attempts: 7, version: 1 };
const REASONS = [
  "order sale-1-x: CHECK",
  "the order store failed at each of 11 deliveries",
  "format is not 1",
];
const ERRORS = [
  "answered 503",
  "The operation was aborted due to timeout",
  "not sent: the address a.b has no address",
];

/** Answers as the server would with what went wrong: here nothing does. */
async function pretendTrouble(page: Page, webhookId: string): Promise<void> {
  const deadLetters = REASONS.map((reason, index) => ({
    ...STALE,
    ...{ id: `l${index}`, state: "open", queue: "q", failedAt: STALE.createdAt },
    ...{ reason, explanation: explainLetter(reason) },
  }));
  const deliveries = ERRORS.map((lastError, index) => ({
    ...STALE,
    ...{ id: `d${index}`, event: "order.paid", orderId: "sale-1-x", state: "dead" },
    ...{ lastError, explanation: explainDelivery(lastError) },
  }));
  await page.route(/\/dead-letters\?/, (route) => route.fulfill({ json: { deadLetters, open: 3 } }));
  const ofWebhook = `**/webhooks/${webhookId}/deliveries`;
  await page.route(ofWebhook, (route) => route.fulfill({ json: { deliveries } }));
}

describe("the dashboard's screens", () => {
  it(
    "have nothing that axe finds, in light and dark, and none is wider than a phone",
    visiting(async (enter) => {
      const sale = await putUp({ title: "Linen apron" });
      const webhook = await addWebhook();
      await (await shopper()).buy(sale.id);
      const admin = await adminAt(enter, "/admin");
      const { page } = admin;
      for (const [path, landmark] of [...SCREENS, ...ofWebhook(webhook.id), ...ofSale(sale.id)]) {
        await expectQuiet(page, path, landmark);
      }
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByRole("dialog").getByText("It is on sale now").waitFor();
      expect(await violations(page)).toEqual([]);
      expect(admin.complaints).toEqual([]);
    }),
  );

  it(
    "keep a preview in its frame on a phone, and what is asked about access in its form",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin/sales/new", { viewport: PHONE });
      await page.locator(".preview .buy").waitFor();
      const boxOf = async (place: string) => {
        const { x = 0, y = 0, width = 0 } = (await page.locator(place).boundingBox()) ?? {};
        return { top: y, right: x + width };
      };
      // As on the sale's page it would lie at the foot of the window, over the form.
      expect((await boxOf(".preview .buy")).top).toBeGreaterThan((await boxOf(".preview")).top);
      expect((await boxOf(".access-check")).right).toBeLessThanOrEqual((await boxOf(".sale-form")).right);
    }),
  );

  it(
    "speak Chinese to whoever prefers it, and fit a phone there too",
    visiting(async (enter) => {
      const sale = await putUp({ title: "亚麻围裙", description: "手工缝制。" });
      const webhook = await addWebhook();
      const { page } = await adminAt(enter, "/admin", { locale: "zh-CN", viewport: PHONE });
      await pretendTrouble(page, webhook.id);
      for (const [path, landmark] of [...SCREENS, ...ofWebhook(webhook.id), ...ofSale(sale.id)]) {
        await page.goto(`/admin${path}`);
        await page.locator(landmark).first().waitFor();
        const text = await page.locator("body").innerText();
        // Names, codes and units are what is left in Latin letters: never a sentence.
        expect(text, path).not.toMatch(/[a-z]+ (?:the|of|is|a|to|in|at|due) [a-z]+/);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(overflow, `${path} is wider than ${PHONE.width} px`).toBeLessThanOrEqual(0);
      }
      await expect.poll(() => page.locator("html").getAttribute("lang")).toBe("zh-CN");
      await page.goto(`/admin/webhooks/${webhook.id}`);
      await page.getByText("未发送：a.b 没有对应的地址").waitFor();
      await page.goto("/admin/repair");
      await page.getByText("订单 sale-1-x，数据库不接受：CHECK").waitFor();
      await page.goto("/admin/sales/nosuchsale");
      await page.getByText("没有这场活动。").waitFor();
    }),
  );

  it(
    "say in Chinese what is wrong with a field, and say it at the field",
    visiting(async (enter) => {
      const { page } = await adminAt(enter, "/admin/sales/new", { locale: "zh-CN" });
      await page.locator("#price").fill("1");
      await page.locator("#endsAt").fill("2026-01-01T00:00:00");
      await page.locator("#maxPerUser").fill("0");
      await page.locator("#imageUrl").fill("http://example.com/a.png");
      await page.getByRole("button", { name: "添加规则" }).click();
      await page.locator(".rule-box input").fill("-1");
      await page.getByRole("button", { name: "创建活动" }).click();
      const complaints = { title: "不能为空", maxPerUser: "不能小于 1", imageUrl: "请以 https:// 开头" };
      for (const [field, text] of Object.entries(complaints)) {
        await page.locator(`#${field}-error`, { hasText: text }).waitFor();
      }
      await page.getByText("规则 1：不能小于 0").waitFor();
      expect(await page.locator(":focus").getAttribute("id")).toBe("title");

      await page.goto("/admin/blacklist");
      await page.locator("#bar-kind").selectOption("ip");
      await page.locator("#bar-value").fill("mars");
      await page.locator("#bar-why").fill("x".repeat(600));
      await page.locator("form [type=submit]").click();
      await page.locator("#bar-why-error", { hasText: "最多 500 个字符" }).waitFor();
      await page.locator("#bar-why").fill("x");
      await page.locator("form [type=submit]").click();
      await page.locator("#bar-value-error", { hasText: "请填写 IPv4 或 IPv6 地址" }).waitFor();
      expect(await page.locator("#bar-why-error").innerText()).toBe("");
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
