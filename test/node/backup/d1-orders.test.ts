import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUpD1, restoreD1 } from "../../../scripts/backup/d1-orders.ts";
import { backUpOrders } from "../../../scripts/backup/mysql-orders.ts";
import {
  BACKUP_USAGE,
  readBackupOptions,
  RESTORE_USAGE,
  TIME_TRAVEL_DAYS,
} from "../../../scripts/backup/options.ts";
import { inProject } from "../../../scripts/project.ts";

const WRANGLER_TIMEOUT_MS = 300_000;
/** Node reads no larger file in one piece. */
const READ_AT_ONCE_MAX_BYTES = 2 ** 31 - 1;
const CONFIG = `name = "backup"
compatibility_date = "2026-11-01"
[[d1_databases]]
binding = "DB"
database_name = "backup"
database_id = "backup"
`;

describe("a backup of the orders in D1", () => {
  let folder = "";
  let database: string[] = [];
  let file = "";

  async function wrangler(...args: string[]): Promise<string> {
    const program = inProject("node_modules/.bin/wrangler");
    const { stdout } = await promisify(execFile)(program, ["d1", "execute", "DB", ...database, ...args]);
    return stdout;
  }

  async function orders(): Promise<[string, string][]> {
    const json = await wrangler("--json", "--command", "SELECT id, spike_title FROM orders ORDER BY id");
    const [result] = JSON.parse(json) as [{ results: { id: string; spike_title: string }[] }];
    return result.results.map((row) => [row.id, row.spike_title]);
  }

  const insert = (id: string, title: string) =>
    `INSERT INTO orders VALUES ('${id}', 's', '${title}', 'u', 1, 100, 'EUR', 'paid', 1, 1, 1, 1);`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "spike-d1-backup-"));
    const config = join(folder, "wrangler.toml");
    await writeFile(config, CONFIG);
    database = ["--local", "--config", config];
    file = join(folder, "orders.sql");
    await wrangler("--file", inProject("migrations/d1/0000_initial.sql"));
    await wrangler("--command", insert("s-1-a", "Kettle ''; 保温杯") + insert("s-2-b", "two\nlines"));
    await backUpD1(database, file);
  }, WRANGLER_TIMEOUT_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const WHAT_WAS: [string, string][] = [
    ["s-1-a", "Kettle '; 保温杯"],
    ["s-2-b", "two\nlines"],
  ];

  it(
    "brings back what was, and nothing else",
    async () => {
      await wrangler("--command", `DELETE FROM orders WHERE id = 's-1-a'; ${insert("s-3-c", "later")}`);
      await restoreD1(database, file);
      expect(await orders()).toEqual(WHAT_WAS);
    },
    WRANGLER_TIMEOUT_MS,
  );

  it(
    "changes nothing when it fails on the way",
    async () => {
      await wrangler(
        "--command",
        `CREATE TRIGGER no BEFORE INSERT ON orders WHEN NEW.id = 's-2-b'
        BEGIN SELECT RAISE(ABORT, 'not this one'); END`,
      );
      await expect(restoreD1(database, file)).rejects.toThrow("exit code");
      await wrangler("--command", "DROP TRIGGER no");
      expect(await orders()).toEqual(WHAT_WAS);
    },
    WRANGLER_TIMEOUT_MS,
  );

  it("is refused when it is not whole, and never overwritten", async () => {
    const whole = await readFile(file, "utf8");
    const broken = join(folder, "broken.sql");
    const lines = whole.split("\n");
    const withoutARow = [...lines.slice(0, 1), ...lines.slice(2)].join("\n");
    for (const text of ["", whole.slice(0, -5), whole.slice(0, whole.lastIndexOf("-- ")), withoutARow]) {
      await writeFile(broken, text);
      await expect(restoreD1(database, broken)).rejects.toThrow("is not all of a backup of orders");
    }
    await expect(backUpD1(database, file)).rejects.toThrow("exists already, and a backup overwrites nothing");
    expect((await stat(file)).mode & 0o777, "readable by its owner alone").toBe(0o600);
  });

  it("may be larger than what fits into memory at once", async () => {
    const large = join(folder, "large.sql");
    await writeFile(large, "");
    // Takes no room on the disk.
    await truncate(large, READ_AT_ONCE_MAX_BYTES + 1);
    await expect(restoreD1(database, large)).rejects.toThrow("is not all of a backup of orders");
  });

  it(
    "leaves no file behind when it fails, so that it can be made anew",
    async () => {
      const failed = join(folder, "failed.sql");
      const nowhere = ["--local", "--config", join(folder, "nowhere.toml")];
      await expect(backUpD1(nowhere, failed)).rejects.toThrow("exit code");
      await expect(stat(failed)).rejects.toThrow("ENOENT");
      await expect(backUpOrders("mysql://root@127.0.0.1:1/spike", failed)).rejects.toThrow("nobody listens");
      await expect(stat(failed)).rejects.toThrow("ENOENT");
    },
    WRANGLER_TIMEOUT_MS,
  );
});

describe("the command line of backup and restore", () => {
  const NOW = Date.parse("2026-11-26T12:00:00Z");
  const restore = (args: string[], environment = {}) =>
    readBackupOptions(args, RESTORE_USAGE, environment, NOW);

  it("names a file and a database", () => {
    expect(restore(["a.sql"])).toEqual({ file: "a.sql", at: null, database: ["--remote"] });
    expect(restore(["a.sql", "--local"]).database).toEqual(["--local"]);
    expect(restore(["--env", "staging", "a.sql"]).database).toEqual(["--remote", "--env", "staging"]);
  });

  it.each([
    ["2026-11-26T12:00:00Z", "2026-11-26T12:00:00.000Z"],
    ["2026-11-26T12:00+01:00", "2026-11-26T11:00:00.000Z"],
    ["2026-10-27T12:00:00Z", "2026-10-27T12:00:00.000Z"],
  ])("or a moment: %s", (text, at) => {
    expect(restore(["--at", text, "--env", "staging"])).toMatchObject({ file: null, at: new Date(at) });
  });

  it.each(["2026-11-26T12:00:00.001Z", "2026-10-27T11:59:59Z", "2026-11-26T10:00:00", "yesterday"])(
    `refuses the moment %s, which is not one of the last ${TIME_TRAVEL_DAYS} days`,
    (text) => {
      expect(() => restore(["--at", text])).toThrow("--at must be a moment of the last 30 days");
    },
  );

  it("refuses what means nothing, or two things", () => {
    for (const args of [[], ["a", "b"], ["a", "--at", "2026-11-26T11:00:00Z"], ["--force", "a"]]) {
      expect(() => restore(args)).toThrow("npm run restore");
    }
    const backup = ["--at", "2026-11-26T11:00:00Z"];
    expect(() => readBackupOptions(backup, BACKUP_USAGE, {}, NOW)).toThrow("npm run backup");
    expect(() => restore(["a", "--local", "--env", "staging"])).toThrow("leave --env out");
    expect(() => restore(["--at", "2026-11-26T11:00:00Z", "--local"])).toThrow("only a deployed D1");
    const mysql = { MYSQL_URL: "mysql://root@127.0.0.1/spike" };
    expect(() => restore(["a", "--env", "staging"], mysql)).toThrow("MYSQL_URL names the database");
  });
});
