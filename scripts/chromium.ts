import { existsSync } from "node:fs";
import { type BrowserServer, chromium } from "playwright-core";

/** Where a Chromium of the system lies, if there is one. */
const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** It stays on this machine and by itself: no sandbox to set up, no services to call. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser for tests and screenshots: the one `CHROMIUM_PATH` names, else the system's, else the npm package's. */
export async function launchChromium(): Promise<BrowserServer> {
  const named = process.env["CHROMIUM_PATH"] || SYSTEM_PATHS.find((path) => existsSync(path));
  if (named) return chromium.launchServer({ executablePath: named, args: FLAGS });
  const { default: packaged } = await import("@sparticuz/chromium");
  return chromium.launchServer({
    executablePath: await packaged.executablePath(),
    args: [...packaged.args.filter((flag) => !flag.startsWith("--single-process")), ...FLAGS],
  });
}
