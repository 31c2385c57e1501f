import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Known to every test: what a test signs with these, the Worker under test accepts. Never deployed. */
const TEST_SECRETS = {
  JWT_KEYS:
    "test1:dGVzdC1rZXktb25lLXRoaXJ0eS10d28tYnl0ZXMtbG9uZyE,test0:dGVzdC1rZXktdHdvLXRoaXJ0eS10d28tYnl0ZXMtbG9uZyE",
  ADMIN_USERNAME: "admin",
  ADMIN_PASSWORD: "correct horse battery staple",
};

/** How long a test waits for what must come, on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { ...TEST_SECRETS, TEST_MIGRATIONS: await readD1Migrations("migrations/d1") },
            },
          })),
        ],
        test: {
          name: "workers",
          include: ["test/unit/**/*.test.ts", "test/workers/**/*.test.ts"],
          globalSetup: ["test/build-site.ts"],
          setupFiles: ["test/seed.ts", "test/workers/apply-migrations.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: PATIENCE_MS } },
          // Each file has a runtime of its own, and is waiting for its start most of the time.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: "node",
          include: ["test/node/**/*.test.ts"],
          environment: "node",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: PATIENCE_MS } },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          globalSetup: ["test/browser/support/stage.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: PATIENCE_MS } },
          // Most of their time they wait for what a page says, and two cores serve the shop as well.
          maxWorkers: 3,
        },
      },
    ],
  },
});
