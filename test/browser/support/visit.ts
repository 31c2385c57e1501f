import { mkdir } from "node:fs/promises";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, inject, type TestContext } from "vitest";
import { logInAsAdminOn, shopUrl } from "./shop.ts";

const SCREENSHOTS = "reports/browser";
/** A page that needs longer for one step is broken, in milliseconds. */
const STEP_MAX_MS = 45_000;

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await chromium.connect(inject("browserUrl"));
});
afterAll(async () => {
  await browser?.close();
});

/** One person with a browser of his own. */
export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** Errors of scripts, and everything the policy or the network refused. */
  complaints: string[];
}

export type Enter = (options?: BrowserContextOptions) => Promise<Visitor>;

/** A test whose visitors' screens are kept when it fails, in `reports/browser`. */
export function visiting(visit: (enter: Enter) => Promise<void>) {
  return async ({ task }: TestContext): Promise<void> => {
    const visitors: Visitor[] = [];
    try {
      await visit(async (options) => {
        const visitor = await enter(options);
        visitors.push(visitor);
        return visitor;
      });
    } catch (error) {
      await keepScreens(task.name, visitors);
      throw error;
    } finally {
      await Promise.all(visitors.map(({ context }) => context.close()));
    }
  };
}

async function enter(options: BrowserContextOptions = {}): Promise<Visitor> {
  if (!browser) throw new Error("no browser");
  const context = await browser.newContext({
    baseURL: shopUrl(),
    locale: "en-GB",
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(STEP_MAX_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
  });
  return { page, context, complaints };
}

async function keepScreens(name: string, visitors: Visitor[]): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  const file = name.replaceAll(/[^a-z0-9]+/gi, "-");
  for (const [index, { page }] of visitors.entries()) {
    const path = `${SCREENSHOTS}/${file}-${index + 1}.png`;
    await page.screenshot({ path, fullPage: true, timeout: STEP_MAX_MS }).catch(() => undefined);
    console.error(`screen of visitor ${index + 1} at ${page.url()}: ${path}`);
  }
}

let shoppers = 0;

/** Registers through the form, from where the visitor is; ends where the form leads to. */
export async function register({ page }: Visitor): Promise<string> {
  const username = `shopper.${process.pid}.${shoppers++}`;
  if (!new URL(page.url()).pathname.endsWith("/register")) await page.goto("/en/register");
  await page.locator("#username").fill(username);
  await page.locator("#password").fill("a long enough phrase");
  await page.locator("#account-form [type=submit]").click();
  await page.locator(".who").waitFor();
  return username;
}

/** A visitor who is logged in, on a sale's page. */
export async function shopperAt(enterShop: Enter, spikeId: string, options?: BrowserContextOptions) {
  const visitor = await enterShop(options);
  await register(visitor);
  await visitor.page.goto(`/en/spikes/${spikeId}`);
  return visitor;
}

export const button = (page: Page) => page.locator("#buy-button");
/** The button once it can be pressed. */
export const ready = (page: Page) => page.locator("#buy-button:enabled:not([data-busy])");
/** Passes once the sale page says this of the attempt. */
export const expectSaid = (page: Page, text: string | RegExp) =>
  page.locator("#status", { hasText: text }).waitFor();
export const link = (page: Page) => page.locator("#buy-link");

/** A visitor who is logged in as the admin, on a page of the dashboard. */
export async function adminAt(enterShop: Enter, path: string, options?: BrowserContextOptions) {
  const visitor = await enterShop(options);
  await visitor.page.goto(`/login?next=${encodeURIComponent(path)}`);
  await logInAsAdminOn(visitor.page);
  await visitor.page.locator("#screen:not([aria-busy])").waitFor();
  return visitor;
}
