import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { atExit } from "../../scripts/at-exit.ts";
import { migrateMySql, MYSQL_URL_DEFAULT } from "../../scripts/migrate-mysql.ts";
import { connectToMySql } from "../../scripts/mysql.ts";
import { exitWhenInterrupted } from "../interrupts.ts";

/** A MySQL database that is there as long as it is used, with the tables of a shop. */
export interface TemporaryDatabase {
  url: URL;
  drop(): Promise<void>;
}

/** Random bytes in the name of a database, so that commands at the same time have one each. */
const NAME_BYTES = 4;
/** Whoever is interrupted waits no longer than this for his database to be dropped, in milliseconds. */
const DROP_PATIENCE_MS = 10_000;

/**
 * Makes one on the MySQL at MYSQL_URL, whose name begins with `name`. It goes with `drop`, or with this process when
 * that exits before.
 * @throws CommandError when there is no MySQL that can be used.
 */
export async function makeTemporaryDatabase(
  name: string,
  environment: NodeJS.ProcessEnv,
): Promise<TemporaryDatabase> {
  const url = new URL(environment["MYSQL_URL"] || MYSQL_URL_DEFAULT);
  url.pathname = `${name}_${randomBytes(NAME_BYTES).toString("hex")}`;
  const release = exitWhenInterrupted();
  // Nothing can be awaited at an exit but another process.
  const keep = atExit(
    () =>
      void spawnSync(process.execPath, [import.meta.filename], {
        env: { ...process.env, MYSQL_URL: url.href },
        stdio: "inherit",
        timeout: DROP_PATIENCE_MS,
      }),
  );
  const forget = () => {
    keep();
    release();
  };
  try {
    await migrateMySql(url.href);
  } catch (error) {
    forget();
    throw error;
  }
  return {
    url,
    async drop() {
      await dropDatabase(url);
      forget();
    },
  };
}

async function dropDatabase(url: URL): Promise<void> {
  const connection = await connectToMySql(url, "");
  await connection.query(`DROP DATABASE IF EXISTS ${url.pathname.slice(1)}`);
  await connection.end();
}

if (import.meta.main) await dropDatabase(new URL(process.env["MYSQL_URL"] ?? ""));
