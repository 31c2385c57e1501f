import { drizzle } from "drizzle-orm/mysql2";
import { migrate } from "drizzle-orm/mysql2/migrator";
import { main } from "./command.ts";
import { connectToMySql, readMySqlUrl } from "./mysql.ts";
import { inProject } from "./project.ts";

/** The local server, as `[env.mysql]` in wrangler.toml has it. */
export const MYSQL_URL_DEFAULT = "mysql://root@127.0.0.1:3306/spike";
/** How long to wait for somebody who migrates the same database, in seconds. */
const LOCK_WAIT_SECONDS = 60;

/**
 * Brings the MySQL at `url` up to date: creates its database if there is none, and applies the migrations it
 * lacks, which it keeps in `__drizzle_migrations`. Again, it changes nothing; two at once wait for each other.
 * @throws CommandError for an address that is none, or a server that cannot be used.
 */
export async function migrateMySql(url: string): Promise<void> {
  const address = readMySqlUrl(url);
  const name = address.pathname.slice(1);
  const connection = await connectToMySql(address, "");
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4`);
    await connection.query(`USE \`${name}\``);
    await connection.query("SELECT GET_LOCK(CONCAT('spike migrations ', DATABASE()), ?)", [
      LOCK_WAIT_SECONDS,
    ]);
    await migrate(drizzle(connection), { migrationsFolder: inProject("migrations/mysql") });
  } finally {
    // Ends the lock as well.
    await connection.end();
  }
}

/** `npm run migrate:mysql`: the database that MYSQL_URL names, a local one without it. */
async function migrateNamed(): Promise<void> {
  const url = process.env["MYSQL_URL"] || MYSQL_URL_DEFAULT;
  await migrateMySql(url);
  const { host, pathname } = new URL(url);
  console.log(`${host}${pathname} is up to date`);
}

if (import.meta.main) await main(migrateNamed);
