import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { readOptions } from "../bench/rehearsal/options.ts";
import { rehearse } from "../bench/rehearsal/rehearsal.ts";
import { setStage } from "../bench/rehearsal/stage.ts";
import { build } from "./build.ts";
import { launchChromium } from "./chromium.ts";
import { main } from "./command.ts";
import { seedDemo } from "./demo/seed.ts";
import { inProject } from "./project.ts";
import { makeSecrets, type Secrets } from "./secrets.ts";
import { startServer } from "./serve/server.ts";

const FOLDER = inProject("docs/screenshots");
const DESKTOP = { viewport: { width: 1280, height: 880 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const PASSWORD = "a picture of a phrase";

/** The crowd of the pictures under load: enough to fill the charts, over in a minute. */
const LOAD = { users: 6_000, stock: 3_600, seconds: 40, settleSeconds: 30 };
const ADMIN_LOGIN = (path: string) => `/en/login?next=${encodeURIComponent(path)}`;

interface Shot {
  name: string;
  options: BrowserContextOptions;
  /** Leads a fresh browser to what is to be seen. */
  go: (page: Page, secrets: Secrets) => Promise<void>;
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
  { name: "dashboard-new-sale", options: DESKTOP, go: (page, secrets) => writeSale(page, secrets) },
];

/** What an admin sees while a rehearsal runs in the shop. */
const SHOTS_UNDER_LOAD = [
  { name: "dashboard-load", options: { viewport: { width: 1280, height: 1400 } }, language: "en" },
  {
    name: "dashboard-load-dark",
    options: { viewport: { width: 1280, height: 1400 }, colorScheme: "dark" },
    language: "zh",
  },
  { name: "dashboard-load-phone", options: PHONE, language: "en" },
] as const;

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

async function enterAsAdmin(
  page: Page,
  { ADMIN_USERNAME, ADMIN_PASSWORD }: Secrets,
  path: string,
): Promise<void> {
  await page.goto(ADMIN_LOGIN(path));
  await page.locator("#username").fill(ADMIN_USERNAME);
  await page.locator("#password").fill(ADMIN_PASSWORD);
  await page.locator("#account-form [type=submit]").click();
  await page.locator("#screen:not([aria-busy])").waitFor();
}

async function writeSale(page: Page, secrets: Secrets): Promise<void> {
  await enterAsAdmin(page, secrets, "/admin/sales/new");
  await page.locator("#title").fill("Enamel teapot");
  await page.locator("#description").fill("Fired twice, in the blue of the old ones.");
  await page.locator("#price").fill("24");
  await page.locator("#originalPrice").fill("60");
  await page.getByRole("button", { name: "Add a rule" }).click();
}

/** Plays a sale with a crowd, and takes the dashboard's pictures in the middle of it. */
async function takeUnderLoad(browser: Browser, url: string, secrets: Secrets): Promise<void> {
  const { users, stock, seconds, settleSeconds } = LOAD;
  const flags = { url, users, stock, window: seconds, hold: settleSeconds, arrival: "poisson" };
  const options = readOptions(Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]));
  if (options === "help") throw new Error("these flags ask for no help");
  const stage = await setStage(options, { ...secrets }, () => {});
  try {
    const started = Promise.withResolvers<void>();
    const rehearsal = rehearse(stage, options, "rehearsal", () => started.resolve());
    await Promise.race([started.promise, rehearsal]);
    const pages = await Promise.all(
      SHOTS_UNDER_LOAD.map((shot) => openRehearsal(browser, url, secrets, shot)),
    );
    for (const { name, page } of pages) {
      // Shortly before the last unit goes.
      await page
        .locator("[data-figure=left] dd")
        .filter({ hasText: /^\d{1,3}$/ })
        .waitFor({ timeout: seconds * 1_000 });
      await save(page, name);
    }
    await rehearsal;
  } finally {
    await stage.close();
  }
}

/** The live view of the newest sale, which is the rehearsal's, with the charts of the last minute. */
async function openRehearsal(
  browser: Browser,
  baseURL: string,
  secrets: Secrets,
  { name, options, language }: (typeof SHOTS_UNDER_LOAD)[number],
): Promise<{ name: string; page: Page }> {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const context = await browser.newContext({ baseURL, locale, ...options });
  const page = await context.newPage();
  await enterAsAdmin(page, secrets, "/admin");
  await page.locator(".sale-row a", { hasText: "Rehearsal" }).first().click();
  await page.locator("[data-connection=live]").waitFor();
  await page.locator(".filter button").first().click();
  return { name, page };
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
    for (const shot of SHOTS) await take(browser, server.url, secrets, shot);
    await takeUnderLoad(browser, server.url, secrets);
  } finally {
    await chromiumServer.close();
    server.kill();
    await server.exited;
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function take(
  browser: Browser,
  baseURL: string,
  secrets: Secrets,
  { name, options, go }: Shot,
): Promise<void> {
  const context = await browser.newContext({ baseURL, locale: "en-GB", ...options });
  const page = await context.newPage();
  await go(page, secrets);
  await save(page, name);
  await context.close();
}

async function save(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}

await main(screenshots);
