import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { build } from "../../../scripts/build.ts";
import { makeSecrets } from "../../../scripts/secrets.ts";
import { startServer } from "../../../scripts/serve/server.ts";
import { launchChromium } from "../../../scripts/chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    shopUrl: string;
    browserUrl: string;
    adminPassword: string;
    jwtKeys: string;
  }
}

/** One real server and one browser for all tests in it; each test has sales and shoppers of its own. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await build();
  const stateDir = await mkdtemp(join(tmpdir(), "spike-browser-"));
  const secrets = makeSecrets();
  const [server, browser] = await Promise.all([
    startServer({ stateDir, secrets, output: "ignore" }),
    launchChromium(),
  ]);
  project.provide("shopUrl", server.url);
  project.provide("browserUrl", browser.wsEndpoint());
  project.provide("adminPassword", secrets.ADMIN_PASSWORD);
  project.provide("jwtKeys", secrets.JWT_KEYS);
  return async () => {
    await browser.close();
    server.kill();
    await server.exited;
    await rm(stateDir, { recursive: true, force: true });
  };
}
