import { hash32 } from "../../workers/shared/hash-ring.ts";
import { PageFilter } from "./page-filter.ts";

/*
 * Which orders a user has, without an index in the database. Users arrive in random order, so every insertion
 * into such an index dirties a page of its own, and the more the larger it has grown: it was most of what a
 * reservation wrote, and the one part of it whose cost grew.
 *
 * Orders are numbered as they are made, so a page of orders never changes once the next has begun. Of each full
 * page are kept the hashes of its users in the order of their orders, on disk, and a filter of them in memory; of the
 * page that is being filled, the hashes themselves in memory. Whoever has bought nothing, which is nearly everyone
 * who buys, is told apart by the filter alone; for the others a page of hashes is read. All of it follows from the orders, and hashes only lead to orders: those decide.
 */

/** Orders in a page: few pages, and so few filters to ask; little to read of the page that is not full. */
const USER_PAGE_ORDERS = 8_192;
/** A full page as it is stored. */
export interface UserPage {
  /** Which page: it begins with the order after the `page × size`th. */
  page: number;
  /** The hashes of its orders' users, 0 where there is no order. */
  hashes: Uint32Array;
}

/** What the index reads. */
export interface UserIndexSource {
  /** All full pages, in order. */
  userPages(): Iterable<UserPage>;
  /** The hashes of one of them. */
  userHashes(page: number): Uint32Array;
  /** Orders by sequence, from the one after `after`. */
  usersAfter(after: number): Iterable<{ sequence: number; userId: string }>;
}

export class UserIndex {
  readonly #source: UserIndexSource;
  readonly #size: number;
  /** Of all full pages. */
  readonly #filter: PageFilter;
  /** Full pages that are not stored yet. */
  readonly #unsaved = new Map<number, UserPage>();
  /** The page that is being filled, its hashes, and its orders' sequences by them. */
  #page = 0;
  #hashes: Uint32Array;
  readonly #sequences = new Map<number, number[]>();

  /**
   * Reads what memory holds of a ledger's orders.
   * @param size orders in a page, a power of two.
   */
  constructor(source: UserIndexSource, size = USER_PAGE_ORDERS) {
    this.#source = source;
    this.#size = size;
    this.#filter = new PageFilter(size);
    for (const { page, hashes } of source.userPages()) {
      this.#filter.add(page, hashes);
      this.#page = page + 1;
    }
    this.#hashes = new Uint32Array(size);
    for (const { sequence, userId } of source.usersAfter(this.#page * size)) this.add(sequence, userId);
  }

  /** Takes up an order that has been committed; the sequences must come in order. */
  add(sequence: number, userId: string): void {
    const page = Math.floor((sequence - 1) / this.#size);
    if (page > this.#page) this.#turnTo(page);
    const hash = hash32(userId);
    this.#hashes[(sequence - 1) % this.#size] = hash;
    const known = this.#sequences.get(hash);
    if (known) known.push(sequence);
    else this.#sequences.set(hash, [sequence]);
  }

  /** Sequences of orders that may be these users', in order; all of theirs are among them. */
  sequencesOf(userIds: readonly string[]): number[] {
    const found = new Set<number>();
    /** By page: the hashes that are to be looked for in it. */
    const wanted = new Map<number, number[]>();
    for (const userId of userIds) {
      const hash = hash32(userId);
      for (const sequence of this.#sequences.get(hash) ?? []) found.add(sequence);
      for (const page of this.#filter.pagesOf(hash)) wanted.set(page, [...(wanted.get(page) ?? []), hash]);
    }
    for (const [page, hashes] of wanted) this.#search(page, hashes, found);
    return [...found].toSorted((a, b) => a - b);
  }

  /** Full pages that the next transaction should store. */
  get unsaved(): UserPage[] {
    return [...this.#unsaved.values()];
  }

  /** These have been stored: memory needs no more of them than the filter. */
  saved(pages: readonly UserPage[]): void {
    for (const { page } of pages) this.#unsaved.delete(page);
  }

  /** The page that was being filled is full: nothing comes into it any more. */
  #turnTo(page: number): void {
    const full = { page: this.#page, hashes: this.#hashes };
    this.#filter.add(full.page, full.hashes);
    this.#unsaved.set(full.page, full);
    this.#page = page;
    this.#hashes = new Uint32Array(this.#size);
    this.#sequences.clear();
  }

  #search(page: number, wanted: readonly number[], found: Set<number>): void {
    const hashes = this.#unsaved.get(page)?.hashes ?? this.#source.userHashes(page);
    for (const hash of wanted) {
      for (let at = hashes.indexOf(hash); at >= 0; at = hashes.indexOf(hash, at + 1)) {
        found.add(page * this.#size + at + 1);
      }
    }
  }
}
