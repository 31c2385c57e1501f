import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Connection, createConnection } from "mysql2/promise";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../../../scripts/command.ts";
import { migrateMySql } from "../../../scripts/migrate-mysql.ts";
import { inProject } from "../../../scripts/project.ts";
import { findMySql } from "./server.ts";

const server = await findMySql();

describe.skipIf(!server)("migrating a MySQL", async () => {
  if (!server) return;
  const name = `spike_migrated_${randomBytes(4).toString("hex")}`;
  const user = `spike_${randomBytes(4).toString("hex")}`;
  const url = new URL(`/${name}`, server).href;
  const admin: Connection = await createConnection({ uri: server.href });
  const statements = (await readFile(inProject("migrations/mysql/0000_initial.sql"), "utf8"))
    .split("--> statement-breakpoint")
    .map((statement) => statement.trim());

  beforeEach(async () => {
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`USE ${name}`);
  });
  afterEach(async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${name}`);
    await admin.query(`DROP USER IF EXISTS ${user}@'%'`);
  });
  afterAll(() => admin.end());

  const journal = async () => (await admin.query("SELECT hash FROM __drizzle_migrations"))[0] as object[];
  const indexes = async () => {
    const [rows] = await admin.query("SHOW INDEX FROM orders");
    return [...new Set((rows as { Key_name: string }[]).map(({ Key_name }) => Key_name))].toSorted();
  };
  const ALL_INDEXES = ["PRIMARY", "orders_created", "orders_spike_created", "orders_user_created"];
  const failureOf = async (migration: Promise<void>): Promise<CommandError> => {
    const failure = await migration.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandError);
    return failure as CommandError;
  };

  it("makes the database, does so once, and two at once are as one", async () => {
    await admin.query(`DROP DATABASE ${name}`);
    await Promise.all([migrateMySql(url), migrateMySql(url)]);
    await migrateMySql(url);
    await admin.query(`USE ${name}`);
    expect(await journal()).toHaveLength(1);
    expect(await indexes()).toEqual(ALL_INDEXES);
  });

  it.each(statements.map((_, n) => n + 1))(
    "goes on with one that was interrupted after %i statements, and keeps the rows",
    async (applied) => {
      for (const statement of statements.slice(0, applied)) await admin.query(statement);
      await admin.query("INSERT INTO orders VALUES ('o', 's', 't', 'u', 1, 1, 'EUR', 'paid', 1, 1, 1, 1)");
      await migrateMySql(url);
      expect(await journal()).toHaveLength(1);
      expect(await indexes()).toEqual(ALL_INDEXES);
      const [rows] = await admin.query("SELECT id FROM orders");
      expect(rows).toEqual([{ id: "o" }]);
    },
  );

  it("leaves alone a database in which somebody else has such a table", async () => {
    await admin.query("CREATE TABLE orders (id int, user_id int, created_at int)");
    const { message } = await failureOf(migrateMySql(url));
    expect(message).toBe(
      "The database has a table orders of somebody else, with the columns id, user_id, created_at: name another database in MYSQL_URL.",
    );
    expect(await indexes()).toEqual([]);
    expect(await journal()).toEqual([]);
  });

  it("needs no right to make databases where there is one, and says which rights it lacks", async () => {
    await admin.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'a secret'`);
    const theirs = new URL(url);
    theirs.username = user;
    theirs.password = "a secret";
    await admin.query(`GRANT SELECT ON ${name}.* TO ${user}@'%'`);
    const { message } = await failureOf(migrateMySql(theirs.href));
    expect(message).toMatch(
      /\(MYSQL_URL\) was not brought up to date: .*denied.* Migrations need CREATE, ALTER, INDEX/,
    );
    expect(message).not.toContain("secret");
    await admin.query(`GRANT SELECT, INSERT, CREATE, ALTER, INDEX ON ${name}.* TO ${user}@'%'`);
    await migrateMySql(theirs.href);
    expect(await journal()).toHaveLength(1);
  });

  it("takes an address without a database for none", async () => {
    await expect(migrateMySql(new URL("/", server).href)).rejects.toThrow("MYSQL_URL must name a database");
  });
});
