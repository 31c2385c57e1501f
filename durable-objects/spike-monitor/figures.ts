import { addCounts, type Counts, type SecondCounts, secondOf } from "../../workers/shared/counts.ts";
import { warnOnce } from "../../workers/shared/log.ts";

/** How long a second's figures are kept, in seconds. */
export const KEPT_SECONDS = 3_600;
/** Different counters of one spike: two funnels' filters and codes, and two for each of 64 gates. */
export const COUNTERS_MAX = 300;
/** How far an isolate's clock may be from the monitor's, in seconds; also how late a report may be. */
export const CLOCK_DIFFERENCE_MAX_SECONDS = 30;
/** Longest name of a counter, in characters. */
const COUNTER_NAME_MAX_CHARS = 100;

const CREATE_SECONDS = "CREATE TABLE seconds (second INTEGER PRIMARY KEY, counts TEXT NOT NULL)";

/** One row holds what was counted since the spike was created, under a second that never was. */
const TOTALS = 0;

/**
 * Figures by second. They gather in memory and go to the object's SQLite database together, so that a
 * hundred isolates cost one write a second and not a hundred.
 */
export class Figures {
  readonly #storage: Pick<DurableObjectStorage, "transactionSync"> & { sql: Pick<SqlStorage, "exec"> };
  /** Made with the first figures: being asked about stores nothing. */
  #hasTable: boolean;
  readonly #names = new Set<string>();
  /** Not yet stored. */
  #fresh = new Map<number, Counts>();

  constructor(storage: Pick<DurableObjectStorage, "transactionSync"> & { sql: Pick<SqlStorage, "exec"> }) {
    this.#storage = storage;
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seconds'");
    this.#hasTable = tables.toArray().length > 0;
    for (const name of Object.keys(this.totals())) this.#names.add(name);
  }

  /** Whether something waits to be stored. */
  get isDirty(): boolean {
    return this.#fresh.size > 0;
  }

  /**
   * Takes what an isolate counted; counts that make no sense are passed over, and those of a second that is not near
   * count now: one of the two clocks has jumped, and the totals are right all the same.
   * @param now epoch milliseconds.
   */
  add(seconds: readonly SecondCounts[], now: number): void {
    for (const { second: reported, counts } of seconds) {
      const bySeconds = reported - secondOf(now);
      const isNear = Math.abs(bySeconds) <= CLOCK_DIFFERENCE_MAX_SECONDS;
      if (!isNear) warnOnce("counts_of_another_time", "", { bySeconds });
      const second = isNear ? reported : secondOf(now);
      const sane = Object.fromEntries(Object.entries(counts).filter((entry) => this.#isSane(...entry)));
      const known = this.#fresh.get(second);
      if (known) addCounts(known, sane);
      else this.#fresh.set(second, sane);
    }
  }

  /** Stores what has gathered and forgets what is older than KEPT_SECONDS. */
  store(now: number): void {
    const fresh = this.#fresh;
    if (!this.#hasTable && fresh.size === 0) return;
    this.#storage.transactionSync(() => {
      if (!this.#hasTable) this.#storage.sql.exec(CREATE_SECONDS);
      const totals = this.totals();
      for (const [second, counts] of fresh) this.#write(second, counts);
      if (fresh.size > 0)
        this.#storage.sql.exec(
          "INSERT OR REPLACE INTO seconds VALUES (?, ?)",
          TOTALS,
          JSON.stringify(totals),
        );
      this.#storage.sql.exec(
        "DELETE FROM seconds WHERE second > ? AND second < ?",
        TOTALS,
        secondOf(now) - KEPT_SECONDS,
      );
    });
    this.#hasTable = true;
    this.#fresh = new Map();
  }

  /** What was counted from `first` (seconds since the epoch) on, the oldest second first. */
  since(first: number): SecondCounts[] {
    const merged = new Map<number, Counts>();
    const query = "SELECT second, counts FROM seconds WHERE second > ? AND second >= ?";
    for (const { second, counts } of this.#rows(query, TOTALS, first)) {
      merged.set(second, JSON.parse(counts) as Counts);
    }
    for (const [second, counts] of this.#fresh) {
      if (second < first) continue;
      const known = merged.get(second) ?? {};
      addCounts(known, counts);
      merged.set(second, known);
    }
    return [...merged]
      .map(([second, counts]) => ({ second, counts }))
      .toSorted((a, b) => a.second - b.second);
  }

  /** Everything counted since the spike was created. */
  totals(): Counts {
    const totals = this.#read(TOTALS);
    for (const counts of this.#fresh.values()) addCounts(totals, counts);
    return totals;
  }

  /** Whether any second is still kept. */
  get isEmpty(): boolean {
    return this.#rows("SELECT second, counts FROM seconds WHERE second > ? LIMIT 1", TOTALS).length === 0;
  }

  #read(second: number): Counts {
    const query = "SELECT second, counts FROM seconds WHERE second = ?";
    const [row] = this.#rows(query, second);
    return row ? (JSON.parse(row.counts) as Counts) : {};
  }

  #rows(query: string, ...bindings: number[]): SecondRow[] {
    return this.#hasTable ? this.#storage.sql.exec<SecondRow>(query, ...bindings).toArray() : [];
  }

  #write(second: number, more: Counts): void {
    const counts = this.#read(second);
    addCounts(counts, more);
    this.#storage.sql.exec("INSERT OR REPLACE INTO seconds VALUES (?, ?)", second, JSON.stringify(counts));
  }

  #isSane(name: string, count: number): boolean {
    if (!Number.isSafeInteger(count) || count < 1 || name.length > COUNTER_NAME_MAX_CHARS) return false;
    if (this.#names.has(name)) return true;
    if (this.#names.size >= COUNTERS_MAX) return false;
    this.#names.add(name);
    return true;
  }
}

type SecondRow = { second: number; counts: string };
