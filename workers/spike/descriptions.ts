import { toInstant } from "../shared/instant.ts";
import type { Sale } from "./catalogue.ts";
import { sortForShoppers, stateName, stockStateName, toWireSpike, toWireStock } from "./wire.ts";

/** One way to speak of a sale, or of many. */
export interface Kind<Subject, Body extends object> {
  /** How long anybody may keep the answer. */
  cacheControl: string;
  bodyOf: (subject: Subject, now: number) => Body;
  /** Names what the body says; two bodies of the same name differ in nothing but their clock. */
  stateOf: (subject: Subject, now: number) => string;
}

/** A crowd that reloads meets a cache; nobody sees a list older than a few seconds. */
export const SALE_LIST = {
  cacheControl: "public, max-age=1, s-maxage=1, stale-while-revalidate=2",
  bodyOf: (sales, now) => ({
    spikes: sortForShoppers(sales, now).map((sale) => toWireSpike(sale, now)),
    serverTime: toInstant(now),
  }),
  stateOf: (sales, now) =>
    sortForShoppers(sales, now)
      .map((sale) => stateName(sale, now))
      .join(" "),
} as const satisfies Kind<readonly Sale[], object>;

export const ONE_SALE = {
  cacheControl: "public, max-age=1, s-maxage=1",
  bodyOf: toWireSpike,
  stateOf: stateName,
} as const satisfies Kind<Sale, object>;

/** The isolate has used up the one second that stock may be old, so a cache has to ask each time. */
export const STOCK_OF_SALE = {
  cacheControl: "public, no-cache",
  bodyOf: toWireStock,
  stateOf: stockStateName,
} as const satisfies Kind<Sale, object>;

/**
 * What is said of a sale, or of many, as text that is complete but for the clock. Good as long as the
 * sales are the same objects and none of them starts or ends.
 */
export class Description {
  readonly state: string;
  readonly #sales: readonly Sale[];
  /** The text around each `serverTime`. */
  readonly #pieces: readonly string[];
  /** From when until when it is true, epoch milliseconds. */
  readonly #from: number;
  readonly #until: number;
  /** What was said last, and when: a crowd asks many times in each millisecond. */
  #last = { now: NaN, text: "" };

  /** @param now epoch milliseconds. */
  static of<Subject extends Sale | readonly Sale[]>(
    kind: Kind<Subject, object>,
    subject: Subject,
    now: number,
  ): Description {
    return new Description(kind.stateOf(subject, now), kind.bodyOf(subject, now), salesIn(subject), now);
  }

  private constructor(state: string, body: object, sales: readonly Sale[], now: number) {
    this.state = state;
    this.#sales = sales;
    // A quote within a text is escaped, so no title can look like this.
    this.#pieces = JSON.stringify(body).split(clock(now));
    this.#from = now;
    this.#until = Math.min(
      ...sales.flatMap(({ spike }) => [spike.startsAt, spike.endsAt]).filter((at) => at > now),
    );
  }

  /** Whether this is what would be said of them now. */
  describes(subject: Sale | readonly Sale[], now: number): boolean {
    const sales = salesIn(subject);
    if (now < this.#from || now >= this.#until || sales.length !== this.#sales.length) return false;
    return sales.every((sale, n) => isSame(sale, this.#sales[n]));
  }

  /** The JSON at a moment of its time. */
  textAt(now: number): string {
    if (this.#last.now !== now) this.#last = { now, text: this.#pieces.join(clock(now)) };
    return this.#last.text;
  }
}

const clock = (now: number): string => `"serverTime":"${toInstant(now)}"`;

const salesIn = (subject: Sale | readonly Sale[]): readonly Sale[] =>
  "spike" in subject ? [subject] : subject;

const isSame = (one: Sale, other: Sale | undefined): boolean =>
  one.spike === other?.spike && one.stock === other.stock;
