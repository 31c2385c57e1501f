import { gzipSync } from "node:zlib";
import type { Page, Request } from "playwright-core";
import { describe, expect, it } from "vitest";
import { putUp, shopUrl } from "./support/shop.ts";
import { button, ready, expectSaid, shopperAt, visiting } from "./support/visit.ts";

/** The first view of a sale page, compressed as a CDN does it, without the product's picture. */
const FIRST_VIEW_MAX_BYTES = 30 * 1024;
/** The page, its styles, its script, its font and its icon, and one look at the stock. */
const FIRST_VIEW_MAX_REQUESTS = 6;
/** "Good" by Web Vitals is 0.1. */
const LAYOUT_SHIFT_MAX = 0.02;
/** From the click to "reserved", each way and for each request, headers and all: less than this. */
const PURCHASE_MAX_BYTES = 2 * 1024;

interface Loaded {
  path: string;
  bytes: number;
}

/** Notes what a page loads, as it would travel. */
function watch(page: Page): Promise<Loaded>[] {
  const loaded: Promise<Loaded>[] = [];
  page.on("response", (response) => {
    const { pathname, origin } = new URL(response.url());
    const path = origin === shopUrl() ? pathname : response.url();
    loaded.push(
      response.body().then(
        (body) => ({ path, bytes: path.endsWith(".woff2") ? body.length : gzipSync(body).length }),
        () => ({ path, bytes: 0 }),
      ),
    );
  });
  return loaded;
}

async function layoutShift(page: Page): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    let sum = 0;
    const add = (list) => list.getEntries().forEach((entry) => (sum += entry.value));
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
  })`);
}

/** Bytes there and back; nothing for a request that the shop asks to repeat. */
async function sizesOf(request: Request): Promise<number[]> {
  const status = (await request.response())?.status();
  if (status === 503 || status === 429) return [];
  const size = await request.sizes();
  return [size.requestHeadersSize + size.requestBodySize, size.responseHeadersSize + size.responseBodySize];
}

describe("the budget", () => {
  for (const viewport of [
    { width: 390, height: 844 },
    { width: 1280, height: 900 },
  ]) {
    it(
      `of a sale page's first view holds at ${viewport.width} px`,
      visiting(async (enter) => {
        const sale = await putUp({ maxPerUser: 2, description: "A sentence that sells. ".repeat(20) });
        const visitor = await enter({ viewport });
        const loading = watch(visitor.page);
        await visitor.page.goto(`/spikes/${sale.id}`);
        await visitor.page.getByRole("link", { name: "Log in to buy" }).waitFor();
        await visitor.page.waitForLoadState("load");
        const loaded = await Promise.all(loading);
        const list = loaded.map(({ path, bytes }) => `${path} ${bytes}`).join("\n");
        expect(
          loaded.every(({ path }) => path.startsWith("/")),
          list,
        ).toBe(true);
        expect(loaded.length, list).toBeLessThanOrEqual(FIRST_VIEW_MAX_REQUESTS);
        expect(
          loaded.reduce((sum, { bytes }) => sum + bytes, 0),
          list,
        ).toBeLessThanOrEqual(FIRST_VIEW_MAX_BYTES);
        expect(await layoutShift(visitor.page)).toBeLessThanOrEqual(LAYOUT_SHIFT_MAX);
        expect(visitor.complaints).toEqual([]);
      }),
    );
  }

  it(
    "of a purchase is two small requests",
    visiting(async (enter) => {
      const sale = await putUp();
      const { page } = await shopperAt(enter, sale.id);
      await ready(page).waitFor();
      const requests: Request[] = [];
      page.on("request", (request) => requests.push(request));
      await button(page).click();
      await expectSaid(page, "It is yours to pay");
      // Up to the purchase; what comes after it, looks for the order. The page looks at the stock all the time.
      const last = requests.findLastIndex((request) => request.method() === "POST");
      const stock = new Set([`/api/spikes/${sale.id}`, `/api/spikes/${sale.id}/stock`]);
      const isStock = (request: Request) => stock.has(new URL(request.url()).pathname);
      const needed = requests.slice(0, last + 1).filter((request) => !isStock(request));
      expect(needed.map((request) => request.method())).not.toContain("GET");
      const sizes = needed.map(sizesOf);
      // What a busy machine makes the shop ask for once more counts as nothing but what it weighs.
      const measured = (await Promise.all(sizes)).filter((size) => size.length > 0);
      expect(measured).toHaveLength(2);
      for (const size of measured.flat()) expect(size).toBeLessThan(PURCHASE_MAX_BYTES);
    }),
  );
});
