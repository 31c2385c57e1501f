import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../command.ts";
import { inProject } from "../project.ts";
import type { WranglerFile } from "./config.ts";
import type { Migration } from "./migration-worker.ts";
import { startWorkerd } from "./workerd.ts";

/** What drizzle-kit writes between two statements of a migration. */
const STATEMENT_BREAK = "--> statement-breakpoint";

/** The migrations of a folder in the order of their names. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      const statements = sql.split(STATEMENT_BREAK).map((statement) => statement.trim());
      return { name, statements: statements.filter((statement) => statement !== "") };
    }),
  );
}

/**
 * Applies the migrations that the database in `stateDir` lacks, and returns their names. workerd alone can
 * open its own database files, so a small Worker does it on the same state, before the real one starts.
 */
export async function applyMigrations(stateDir: string, app: WranglerFile): Promise<string[]> {
  const [database] = app.d1_databases ?? [];
  if (!database) return [];
  const migrations = await readMigrations(inProject(database.migrations_dir));
  const configFile = join(stateDir, "migrate.json");
  const config = {
    name: "spike-migrate",
    main: inProject("scripts/serve/migration-worker.ts"),
    compatibility_date: app.compatibility_date,
    vars: { MIGRATIONS: JSON.stringify(migrations) },
    d1_databases: [database],
  };
  await writeFile(configFile, JSON.stringify(config, null, 2));
  const worker = await startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: "inherit" });
  try {
    const response = await fetch(`http://127.0.0.1:${worker.port}/`, { method: "POST" });
    if (!response.ok) throw new CommandError(`migrations failed: ${await response.text()}`);
    const { applied } = (await response.json()) as { applied: string[] };
    return applied;
  } finally {
    worker.kill();
    await worker.exited;
  }
}
