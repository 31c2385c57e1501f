import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { demoCatalogue } from "../../../scripts/demo/catalogue.ts";
import { seedDemo } from "../../../scripts/demo/seed.ts";
import { freePort } from "../../../scripts/port.ts";
import { makeSecrets } from "../../../scripts/secrets.ts";
import { readMigrations } from "../../../scripts/serve/migrate.ts";
import { type Server, startServer } from "../../../scripts/serve/server.ts";
import { inProject } from "../../../scripts/project.ts";

const secrets = makeSecrets();
let stateDir: string;
let server: Server;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "spike-serve-"));
  server = await startServer({ stateDir, secrets, port: await freePort(), output: "ignore" });
});
afterAll(async () => {
  server.kill();
  await server.exited;
  await rm(stateDir, { recursive: true });
});

const send = (path: string, body: object, method = "POST") =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

describe("startServer", () => {
  it("applies all migrations to a fresh state", async () => {
    const migrations = await readMigrations(inProject("migrations/d1"));
    expect(server.migrated).toEqual(migrations.map(({ name }) => name));
  });

  it("keeps the secrets from other users of the machine", async () => {
    expect((await stat(join(stateDir, "wrangler.json"))).mode & 0o777).toBe(0o600);
  });

  it("says what the process uses", () => {
    expect(server.rssBytes()).toBeGreaterThan(10_000_000);
    expect(server.cpuSeconds()).toBeGreaterThan(0);
  });

  it("serves the static files and their headers as well as the Worker", async () => {
    const docs = await fetch(`${server.url}/docs`);
    expect(docs.status).toBe(200);
    expect(docs.headers.get("content-security-policy")).toContain("script-src 'self';");
    expect(docs.headers.get("content-security-policy")).not.toContain("unsafe");
    expect(docs.headers.get("x-content-type-options")).toBe("nosniff");
    const page = await docs.text();
    const own = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
    expect(own.filter((address) => !/^(\/|data:)/.test(address))).toEqual([]);
  });

  it("takes the admin's secrets", async () => {
    const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = secrets;
    expect((await send("/api/sessions", { username, password })).status).toBe(200);
    expect((await send("/api/sessions", { username, password: `${password}x` })).status).toBe(401);
  });

  it("takes the demo catalogue, once, with a sale for each phase", async () => {
    const before = Date.now();
    await seedDemo(server.url, secrets);
    await seedDemo(server.url, secrets);
    await vi.waitFor(
      async () => {
        const response = await fetch(`${server.url}/api/spikes`);
        const { spikes } = (await response.json()) as { spikes: { title: string; phase: string }[] };
        const shown = spikes.map(({ title, phase }) => ({ title, phase }));
        const wanted = demoCatalogue(before).map(({ definition, shows }) => ({
          title: definition.title,
          phase: shows,
        }));
        expect(shown).toHaveLength(wanted.length);
        expect(shown).toEqual(expect.arrayContaining(wanted));
      },
      // The list may be a moment old.
      { timeout: 60_000, interval: 200 },
    );
  });

  it("keeps everything through SIGKILL, and migrates nothing twice", async () => {
    const shopper = { username: "survivor", password: "a long enough pass phrase" };
    expect((await send("/api/users", shopper)).status).toBe(201);
    server.kill("SIGKILL");
    expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(server.rssBytes()).toBe(0);

    server = await startServer({ stateDir, secrets, port: server.port, output: "ignore" });
    expect(server.migrated).toEqual([]);
    expect((await send("/api/sessions", shopper)).status).toBe(200);
  });
});

it("rejects when the server cannot start, with what to do", async () => {
  await expect(startServer({ stateDir, secrets, port: server.port, output: "ignore" })).rejects.toThrow(
    "workerd ended",
  );
});
