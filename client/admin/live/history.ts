import { newestComplete, secondOf } from "../../../workers/shared/counts.ts";

/** Seconds that are kept: the last hour. */
export const KEPT_SECONDS = 3_600;

/** What is known of one second; a number that is missing was not counted, which for rates means 0. */
export type Figures = Record<string, number>;

interface Second {
  at: string;
  counts: Figures;
}

/** The figures of a sale second by second, for the last hour. The newest word on a second counts. */
export class History {
  readonly #counts = new Map<number, Figures>();
  /** What the ledger said; between two sayings nothing is known. */
  readonly #levels = new Map<number, Figures>();
  #newest = 0;
  /** The newest second whose counts are whole: those of later ones would look like a fall. */
  #newestCounted = 0;

  /** Takes counts over; a second that is known already is replaced. */
  addCounts(seconds: readonly Second[]): void {
    for (const { at, counts } of seconds) this.#counts.set(this.#reach(at), counts);
    this.#forgetOld();
  }

  /** Takes over that all counts were told at `instant`, by the clock where they are gathered. */
  markCounted(instant: string): void {
    this.#reach(instant);
    this.#newestCounted = Math.max(this.#newestCounted, newestComplete(Date.parse(instant)));
    this.#forgetOld();
  }

  /** Takes over what the ledger said at `instant`, such as the units left. */
  addLevels(instant: string, levels: Figures): void {
    this.#levels.set(this.#reach(instant), levels);
    this.#forgetOld();
  }

  /**
   * The last `span` seconds as columns: the seconds themselves, then one column a name. A count that is
   * missing is 0, but null in seconds that are not complete; a level that is missing is null. Null leaves a
   * gap in a line, or ends it.
   */
  columns(span: number, counts: readonly string[], levels: readonly string[] = []): Column[] {
    const first = this.#newest - span + 1;
    const seconds = Array.from({ length: this.#newest === 0 ? 0 : span }, (_, index) => first + index);
    return [
      seconds,
      ...counts.map((name) => seconds.map((second) => this.#countOf(name, second))),
      ...levels.map((name) => seconds.map((second) => this.#levels.get(second)?.[name] ?? null)),
    ];
  }

  #countOf(name: string, second: number): number | null {
    if (second > this.#newestCounted) return null;
    return this.#counts.get(second)?.[name] ?? 0;
  }

  /** The second of a moment that something is said about. */
  #reach(instant: string): number {
    const second = secondOf(Date.parse(instant));
    this.#newest = Math.max(this.#newest, second);
    return second;
  }

  #forgetOld(): void {
    for (const known of [this.#counts, this.#levels]) {
      for (const second of known.keys()) {
        if (second <= this.#newest - KEPT_SECONDS) known.delete(second);
      }
    }
  }
}

export type Column = (number | null)[];
