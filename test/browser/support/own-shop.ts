import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { makeSecrets } from "../../../scripts/secrets.ts";
import { type Server, startServer } from "../../../scripts/serve/server.ts";

interface OwnShopOptions {
  /** Beside those that every shop has. */
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
}

/**
 * A shop for the tests around alone: for what is the same for all sales of a shop, and would disturb the other tests.
 * Its admin has the password of the shared shop's.
 */
export function ownShop({ vars = {}, secrets = {} }: OwnShopOptions = {}) {
  let stateDir = "";
  let server: Server | undefined;
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "spike-own-shop-"));
    server = await startServer({
      stateDir,
      secrets: { ...makeSecrets(), ...secrets, ADMIN_PASSWORD: inject("adminPassword") },
      output: "ignore",
      vars,
    });
  });
  afterAll(async () => {
    server?.kill();
    await server?.exited;
    await rm(stateDir, { recursive: true, force: true });
  });
  return {
    get url(): string {
      return server?.url ?? "";
    },
  };
}
