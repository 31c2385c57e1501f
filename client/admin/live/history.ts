/** Seconds that are kept: the last hour. */
export const KEPT_SECONDS = 3_600;

/** What is known of one second; a number that is missing was not counted, which for rates means 0. */
export type Figures = Record<string, number>;

interface Second {
  at: string;
  counts: Figures;
}

const MS_PER_SECOND = 1_000;

const secondOf = (instant: string): number => Math.floor(Date.parse(instant) / MS_PER_SECOND);

/** The figures of a sale second by second, for the last hour. The newest word on a second counts. */
export class History {
  readonly #counts = new Map<number, Figures>();
  /** What the ledger said; between two sayings nothing is known. */
  readonly #levels = new Map<number, Figures>();
  #newest = 0;

  /** Takes counts over; a second that is known already is replaced. */
  addCounts(seconds: readonly Second[]): void {
    for (const { at, counts } of seconds) {
      this.#counts.set(secondOf(at), counts);
      this.#newest = Math.max(this.#newest, secondOf(at));
    }
    this.#forgetOld();
  }

  /** Takes over what the ledger said at `instant`, such as the units left. */
  addLevels(instant: string, levels: Figures): void {
    this.#levels.set(secondOf(instant), levels);
    this.#newest = Math.max(this.#newest, secondOf(instant));
    this.#forgetOld();
  }

  /**
   * The last `span` seconds as columns: the seconds themselves, then one column a name. A count that is
   * missing is 0; a level that is missing is null, which leaves a gap in a line.
   */
  columns(span: number, counts: readonly string[], levels: readonly string[] = []): Column[] {
    const first = this.#newest - span + 1;
    const seconds = Array.from({ length: this.#newest === 0 ? 0 : span }, (_, index) => first + index);
    return [
      seconds,
      ...counts.map((name) => seconds.map((second) => this.#counts.get(second)?.[name] ?? 0)),
      ...levels.map((name) => seconds.map((second) => this.#levels.get(second)?.[name] ?? null)),
    ];
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
