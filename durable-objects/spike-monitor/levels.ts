import type { Level } from "./frames.ts";

type LevelRow = Record<keyof Level, number>;
type LevelStorage = { sql: Pick<SqlStorage, "exec"> };

const CREATE_LEVELS = `CREATE TABLE levels (
  second INTEGER PRIMARY KEY, available INTEGER NOT NULL, held INTEGER NOT NULL, sold INTEGER NOT NULL
)`;

/** What the ledger said second by second: what was counted cannot tell how much was left. */
export class Levels {
  readonly #storage: LevelStorage;
  /** Made with the first level: being asked about stores nothing. */
  #hasTable: boolean;

  constructor(storage: LevelStorage) {
    this.#storage = storage;
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'levels'");
    this.#hasTable = tables.toArray().length > 0;
  }

  /** The newest word on a second counts. */
  record({ second, available, held, sold }: Level): void {
    if (!this.#hasTable) this.#storage.sql.exec(CREATE_LEVELS);
    this.#hasTable = true;
    const query = "INSERT OR REPLACE INTO levels VALUES (?, ?, ?, ?)";
    this.#storage.sql.exec(query, second, available, held, sold);
  }

  /** What was said from `first` (seconds since the epoch) on, the oldest second first. */
  since(first: number): Level[] {
    if (!this.#hasTable) return [];
    const query = "SELECT second, available, held, sold FROM levels WHERE second >= ? ORDER BY second";
    return this.#storage.sql.exec<LevelRow>(query, first).toArray();
  }

  /** Forgets what is older than `first`. */
  forgetBefore(first: number): void {
    if (this.#hasTable) this.#storage.sql.exec("DELETE FROM levels WHERE second < ?", first);
  }

  get isEmpty(): boolean {
    return !this.#hasTable || this.#storage.sql.exec("SELECT 1 FROM levels LIMIT 1").toArray().length === 0;
  }
}
