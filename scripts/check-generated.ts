import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { CommandError, main, run } from "./command.ts";
import { completeLock, type LockFile } from "./complete-lock.ts";
import { inProject, ROOT } from "./project.ts";

/** What the migrations of each database are generated from, as in `drizzle.config.ts` and `drizzle.mysql.config.ts`. */
const DATABASES = [
  { dialect: "sqlite", schema: "./workers/database/schema.ts", migrations: inProject("migrations/d1") },
  {
    dialect: "mysql",
    schema: "./workers/database/mysql-schema.ts",
    migrations: inProject("migrations/mysql"),
  },
];

/** Fails when a generated file is not what its source would generate now. */
async function checkGenerated(): Promise<void> {
  await run("npm", ["run", "--silent", "types", "--", "--check"]);
  for (const database of DATABASES) await checkMigrations(database);
  await checkLock();
}

/** Generates into a copy: a file that is new there is a migration that nobody committed. */
async function checkMigrations({ dialect, schema, migrations }: (typeof DATABASES)[number]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "spike-migrations-"));
  try {
    await cp(migrations, folder, { recursive: true });
    // drizzle-kit takes `out` for a path inside the project.
    const out = relative(ROOT, folder);
    await run("drizzle-kit", ["generate", `--dialect=${dialect}`, `--schema=${schema}`, `--out=${out}`]);
    const known = new Set(await readdir(migrations));
    const added = (await readdir(folder)).filter((name) => !known.has(name));
    if (added.length > 0) throw new CommandError(`${schema} changed: run "npm run generate" and commit.`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function checkLock(): Promise<void> {
  const lock = JSON.parse(await readFile(inProject("package-lock.json"), "utf8")) as LockFile;
  const missing = completeLock(lock.packages);
  if (missing.length > 0) {
    throw new CommandError(`package-lock.json lacks ${missing.join(", ")}: run "npm run lock" and commit.`);
  }
}

await main(checkGenerated);
