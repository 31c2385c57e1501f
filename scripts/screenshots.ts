import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build } from "./build.ts";
import { launchChromium } from "./chromium.ts";
import { main } from "./command.ts";
import { seedDemo } from "./demo/seed.ts";
import { inProject } from "./project.ts";
import { makeSecrets } from "./secrets.ts";
import { startServer } from "./serve/server.ts";

const FOLDER = inProject("docs/screenshots");
const DESKTOP = { viewport: { width: 1280, height: 880 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const PASSWORD = "a picture of a phrase";

interface Shot {
  name: string;
  options: BrowserContextOptions;
  /** Leads a fresh browser to what is to be seen. */
  go: (page: Page) => Promise<void>;
}

const SHOTS: Shot[] = [
  { name: "sales-light", options: DESKTOP, go: (page) => visit(page, "/en") },
  { name: "sale-light", options: DESKTOP, go: (page) => open(page, "en", "headphones") },
  {
    name: "sale-dark",
    options: { ...DESKTOP, colorScheme: "dark" },
    go: (page) => open(page, "en", "keyboard"),
  },
  {
    name: "sale-phone",
    options: { ...PHONE, colorScheme: "dark" },
    go: (page) => open(page, "zh", "keyboard"),
  },
  { name: "order-phone", options: PHONE, go: buy },
];

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.waitForLoadState("networkidle");
}

async function open(page: Page, language: "en" | "zh", word: string): Promise<void> {
  await visit(page, `/${language}`);
  await page.locator(".card a", { hasText: word }).click();
  await page.locator("#status strong").waitFor();
}

async function buy(page: Page): Promise<void> {
  await page.goto("/en/register");
  await page.locator("#username").fill("mei.lin");
  await page.locator("#password").fill(PASSWORD);
  await page.locator("#account-form [type=submit]").click();
  await page.locator(".card a", { hasText: "keyboard" }).click();
  await page.locator("#buy-button:enabled").click();
  await page.locator("#buy-link").click();
  await page.locator("#order[data-state=reserved]").waitFor();
}

/** `npm run screenshots`: makes the pictures of the README anew, from the demo catalogue. */
async function screenshots(): Promise<void> {
  await build();
  await mkdir(FOLDER, { recursive: true });
  const stateDir = await mkdtemp(join(tmpdir(), "spike-screenshots-"));
  const secrets = makeSecrets();
  const server = await startServer({ stateDir, secrets, output: "ignore" });
  const chromiumServer = await launchChromium();
  try {
    await seedDemo(server.url, secrets);
    const browser = await chromium.connect(chromiumServer.wsEndpoint());
    for (const shot of SHOTS) await take(browser, server.url, shot);
  } finally {
    await chromiumServer.close();
    server.kill();
    await server.exited;
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function take(browser: Browser, baseURL: string, { name, options, go }: Shot): Promise<void> {
  const context = await browser.newContext({ baseURL, locale: "en-GB", ...options });
  const page = await context.newPage();
  await go(page);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
  await context.close();
}

await main(screenshots);
