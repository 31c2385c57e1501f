import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { CommandError, main } from "./command.ts";
import { connectToMySql, enterDatabase, readMySqlUrl, reasonOf } from "./mysql.ts";
import { inProject } from "./project.ts";

/** The local server, as `[env.mysql]` in wrangler.toml has it. */
export const MYSQL_URL_DEFAULT = "mysql://root@127.0.0.1:3306/spike";
/** How long to wait for somebody who migrates the same database, in seconds. */
const LOCK_WAIT_SECONDS = 60;
/** Which migrations a database has, in the form of drizzle's own migrator. */
const JOURNAL = "__drizzle_migrations";
/** ER_TABLE_EXISTS_ERROR, and ER_DUP_FIELDNAME and ER_DUP_KEYNAME: an earlier try came as far as this. */
const TABLE_EXISTS = 1050;
const PART_EXISTS = new Set([1060, 1061]);

/**
 * Brings the MySQL at `url` up to date: creates its database if there is none, and applies the migrations it
 * lacks. Again, it changes nothing, or goes on where it was interrupted; two at once wait for each other.
 * @throws CommandError for an address that is none, a server that cannot be used, or somebody else's tables.
 */
export async function migrateMySql(url: string): Promise<void> {
  const address = readMySqlUrl(url);
  const connection = await connectToMySql(address, "");
  try {
    await enterDatabase(connection, address);
    await lock(connection);
    await applyMissing(connection);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const at = `${address.host}${address.pathname}`;
    throw new CommandError(
      `${at} (MYSQL_URL) was not brought up to date: ${reasonOf(error)} When that is mended, the same command goes on.`,
    );
  } finally {
    // Ends the lock as well.
    await connection.end();
  }
}

async function lock(connection: Connection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>(
    "SELECT GET_LOCK(CONCAT('spike migrations ', DATABASE()), ?) AS mine",
    [LOCK_WAIT_SECONDS],
  );
  if (rows[0]?.["mine"] === 1) return;
  throw new CommandError(`Somebody has been migrating this database for ${LOCK_WAIT_SECONDS} s: try again.`);
}

/**
 * MySQL ends a transaction with each change of a table, so a migration may be there in part: what is there already is
 * passed over. Drizzle's own migrator would stop at it for ever.
 */
async function applyMissing(connection: Connection): Promise<void> {
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${JOURNAL} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  );
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT MAX(created_at) AS newest FROM ${JOURNAL}`);
  const newest = Number(rows[0]?.["newest"] ?? -1);
  for (const migration of readMigrationFiles({ migrationsFolder: inProject("migrations/mysql") })) {
    if (migration.folderMillis <= newest) continue;
    for (const statement of migration.sql) await applyOnce(connection, statement);
    const values = [migration.hash, migration.folderMillis];
    await connection.query(`INSERT INTO ${JOURNAL} (hash, created_at) VALUES (?, ?)`, values);
  }
}

async function applyOnce(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.query(statement);
  } catch (error) {
    const { errno = 0 } = error as { errno?: number };
    if (errno === TABLE_EXISTS) await assertOurs(connection, statement);
    else if (!PART_EXISTS.has(errno)) throw error;
  }
}

/** @throws CommandError when the table that is there already has other columns than `statement` would make. */
async function assertOurs(connection: Connection, statement: string): Promise<void> {
  const [, table = ""] = /CREATE TABLE `(\w+)`/.exec(statement) ?? [];
  const wanted = [...statement.matchAll(/^\s+`(\w+)`/gm)].map(([, column]) => column);
  const [rows] = await connection.query<RowDataPacket[]>(`SHOW COLUMNS FROM \`${table}\``);
  const there = rows.map(({ Field: column }) => String(column));
  if (wanted.join() === there.join()) return;
  throw new CommandError(
    `The database has a table ${table} of somebody else, with the columns ${there.join(", ")}: name another database in MYSQL_URL.`,
  );
}

/** `npm run migrate:mysql`: the database that MYSQL_URL names, a local one without it. */
async function migrateNamed(): Promise<void> {
  const url = process.env["MYSQL_URL"] || MYSQL_URL_DEFAULT;
  await migrateMySql(url);
  const { host, pathname } = new URL(url);
  console.log(`${host}${pathname} is up to date`);
}

if (import.meta.main) await main(migrateNamed);
