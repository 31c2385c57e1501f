import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const DAY_MS = 86_400_000;
/** How long to wait for the server, which writes to the same file, in milliseconds. */
const LOCK_PATIENCE_MS = 10_000;

/** The D1 database of a server of our own, past the server, so that looking into it is none of its work. */
export class ShopDatabase {
  readonly #database: DatabaseSync;

  /** @throws Error when the server has none. */
  constructor(stateDir: string) {
    this.#database = openDatabase(stateDir);
  }

  /** Orders of the sale that are recorded. */
  recorded(spikeId: string): number {
    const query = "SELECT COUNT(*) AS orders FROM orders WHERE spike_id = ?";
    return Number(this.#database.prepare(query).get(spikeId)?.["orders"]);
  }

  /**
   * Copies a sale of the catalogue so many times, without ledgers: half of the copies were over yesterday, the
   * others start tomorrow.
   */
  addSales(count: number): void {
    const columns = this.#database.prepare("SELECT name FROM pragma_table_info('spikes')").all();
    const dayApart = "(CASE WHEN value % 2 THEN 1 ELSE -1 END) * ?2";
    const changed: Record<string, string> = {
      id: "printf('bench%07d', value)",
      starts_at: `starts_at + ${dayApart}`,
      ends_at: `ends_at + ${dayApart}`,
    };
    const values = columns.map(({ name }) => changed[String(name)] ?? String(name));
    this.#database
      .prepare(
        `WITH RECURSIVE numbers(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?1)
         INSERT INTO spikes SELECT ${values.join(", ")} FROM numbers, (SELECT * FROM spikes LIMIT 1)`,
      )
      .run(count, DAY_MS);
  }

  close(): void {
    this.#database.close();
  }
}

function openDatabase(stateDir: string): DatabaseSync {
  const files = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".sqlite"))) {
    const database = new DatabaseSync(join(stateDir, file), { timeout: LOCK_PATIENCE_MS });
    const tables = "SELECT COUNT(*) AS tables FROM sqlite_master WHERE name IN ('spikes', 'orders')";
    if (database.prepare(tables).get()?.["tables"] === 2) return database;
    database.close();
  }
  throw new Error(`no database of a shop in ${stateDir}`);
}
