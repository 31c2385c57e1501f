import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { describe, expect, it } from "vitest";
import { queuesOf } from "../../../scripts/deploy.ts";
import { inProject } from "../../../scripts/project.ts";
import { readWranglerFile, toWorkerdConfig } from "../../../scripts/serve/config.ts";
import { readMigrations } from "../../../scripts/serve/migrate.ts";

describe("toWorkerdConfig", () => {
  it("keeps what the app is made of and drops what workerd does not know", async () => {
    const wrangler = await readWranglerFile();
    const config = toWorkerdConfig(wrangler, {});
    for (const section of ["durable_objects", "migrations", "queues", "triggers", "compatibility_date"]) {
      expect(config[section], section).toEqual(wrangler[section]);
    }
    for (const section of ["build", "observability", "ratelimits"]) {
      expect(wrangler).toHaveProperty(section);
      expect(config).not.toHaveProperty(section);
    }
  });

  it("names files absolutely, because the configuration lies elsewhere", async () => {
    const { main, assets } = toWorkerdConfig(await readWranglerFile(), {});
    expect(main).toBe(inProject("workers/index.ts"));
    expect(isAbsolute(assets?.directory ?? "")).toBe(true);
  });

  it("gives every store an id of its own, and each time the same", async () => {
    const { d1_databases: databases, kv_namespaces: namespaces } = toWorkerdConfig(
      await readWranglerFile(),
      {},
    );
    expect(databases).toMatchObject([{ binding: "DB", database_id: "local-DB" }]);
    expect(namespaces).toMatchObject([{ binding: "SETTINGS", id: "local-SETTINGS" }]);
  });

  it("adds the secrets to the variables and lets them win", () => {
    const wrangler = { main: "a.ts", compatibility_date: "2026-11-01", vars: { A: "file", B: "file" } };
    expect(toWorkerdConfig(wrangler, { B: "secret" }).vars).toEqual({ A: "file", B: "secret" });
  });
});

describe("readMigrations", () => {
  it("splits each file into its statements, in the order of the names", async () => {
    const folder = await mkdtemp(join(tmpdir(), "spike-migrations-"));
    try {
      await writeFile(join(folder, "0001_b.sql"), "CREATE TABLE c (i int);");
      await writeFile(
        join(folder, "0000_a.sql"),
        "CREATE TABLE a (i int);\n--> statement-breakpoint\nCREATE TABLE b (i int);--> statement-breakpoint\n",
      );
      await writeFile(join(folder, "notes.txt"), "no migration");
      expect(await readMigrations(folder)).toEqual([
        { name: "0000_a.sql", statements: ["CREATE TABLE a (i int);", "CREATE TABLE b (i int);"] },
        { name: "0001_b.sql", statements: ["CREATE TABLE c (i int);"] },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("reads all of the project's own", async () => {
    const folder = inProject("migrations/d1");
    const files = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
    const migrations = await readMigrations(folder);
    expect(migrations.map(({ name }) => name)).toEqual(files.toSorted());
    // One statement each: what SQLite would otherwise take for two is refused by D1.
    const several = migrations.flatMap(({ statements }) => statements).filter((sql) => /;\s*\S/.test(sql));
    expect(several).toEqual([]);
  });
});

it("finds every queue a deploy has to create, once", async () => {
  expect(queuesOf(await readWranglerFile())).toEqual(["spike-orders", "spike-orders-dead"]);
});
