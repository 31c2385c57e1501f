/*
 * In which of many pages may a hash be? A Bloom filter (Bloom, 1970) for each page would answer, but asking a
 * hundred filters one after the other means a hundred waits for memory. So the filters of 32 pages lie crosswise, as
 * in BitFunnel (Goodwin et al., 2017): one word holds the same bit of all of them, and a few words, ANDed, answer for
 * 32 pages at once.
 */

/** Bits of a page's filter per hash in it. */
const BITS_PER_HASH = 32;
/** With these, one hash in forty thousand seems to be in a page that it is not in. */
const PROBES = 6;
const PAGES_PER_GROUP = 32;

export class PageFilter {
  /** Of each 32 pages: bit `n` of a word belongs to the `n`th of them. */
  readonly #groups: Uint32Array[] = [];
  /** The numbers of the pages in the order in which they were added. */
  readonly #pages: number[] = [];
  readonly #mask: number;

  /** @param size hashes in a page, a power of two. */
  constructor(size: number) {
    this.#mask = size * BITS_PER_HASH - 1;
  }

  add(page: number, hashes: Uint32Array): void {
    const place = this.#pages.push(page) - 1;
    if (place % PAGES_PER_GROUP === 0) this.#groups.push(new Uint32Array(this.#mask + 1));
    const group = this.#groups.at(-1) as Uint32Array;
    const bit = 1 << (place % PAGES_PER_GROUP);
    for (const hash of hashes) {
      const step = stepOf(hash);
      for (let probe = 0; probe < PROBES; probe++) {
        const at = (hash + Math.imul(probe, step)) & this.#mask;
        group[at] = (group[at] as number) | bit;
      }
    }
  }

  /** The pages that may hold this hash: all that do, and hardly any other. */
  pagesOf(hash: number): number[] {
    const pages: number[] = [];
    const step = stepOf(hash);
    this.#groups.forEach((group, index) => {
      let hits = -1;
      for (let probe = 0; probe < PROBES && hits !== 0; probe++) {
        hits &= group[(hash + Math.imul(probe, step)) & this.#mask] as number;
      }
      for (; hits !== 0; hits &= hits - 1) {
        const place = index * PAGES_PER_GROUP + 31 - Math.clz32(hits & -hits);
        pages.push(this.#pages[place] as number);
      }
    });
    return pages;
  }
}

/** Double hashing (Kirsch and Mitzenmacher, 2006): all probes from two hashes, the second a mix of the first. */
function stepOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1;
}
