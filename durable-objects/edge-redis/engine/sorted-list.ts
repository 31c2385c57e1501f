/** A member of a sorted set. Ordered by score, and by bytes where scores are equal. */
export interface Scored {
  member: string;
  score: number;
}

/** Entries of one block at most: inserting moves fewer than this. */
const BLOCK_MAX = 512;

export function compareScored(a: Scored, b: Scored): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  if (a.member === b.member) return 0;
  return a.member < b.member ? -1 : 1;
}

/**
 * Scored members in order, in blocks of bounded size: finding, inserting and counting positions cost the
 * number of blocks and the size of one.
 */
export class SortedList {
  #blocks: Scored[][] = [];
  length = 0;

  insert(entry: Scored): void {
    this.length++;
    const index = this.#blockFor(entry);
    const block = this.#blocks[index];
    if (!block) {
      this.#blocks.push([entry]);
      return;
    }
    block.splice(
      lowerBound(block, (other) => compareScored(other, entry) < 0),
      0,
      entry,
    );
    if (block.length > BLOCK_MAX) this.#blocks.splice(index + 1, 0, block.splice(BLOCK_MAX >>> 1));
  }

  remove(entry: Scored): void {
    const index = this.#blockFor(entry);
    const block = this.#blocks[index];
    if (!block) return;
    const at = lowerBound(block, (other) => compareScored(other, entry) < 0);
    if (block[at]?.member !== entry.member) return;
    block.splice(at, 1);
    this.length--;
    if (block.length === 0) this.#blocks.splice(index, 1);
  }

  rankOf(entry: Scored): number {
    return this.countWhile((other) => compareScored(other, entry) < 0);
  }

  /** How many entries are at the front for which `isBefore` holds; it must not hold again after it did not. */
  countWhile(isBefore: (entry: Scored) => boolean): number {
    let count = 0;
    for (const block of this.#blocks) {
      if (!isBefore(block.at(-1) as Scored)) return count + lowerBound(block, isBefore);
      count += block.length;
    }
    return count;
  }

  /** Entries from position `from` up to `to`, without it. */
  slice(from: number, to: number): Scored[] {
    const found: Scored[] = [];
    let start = 0;
    for (const block of this.#blocks) {
      if (start >= to) break;
      if (start + block.length > from) {
        found.push(...block.slice(Math.max(0, from - start), Math.min(block.length, to - start)));
      }
      start += block.length;
    }
    return found;
  }

  *[Symbol.iterator](): Generator<Scored> {
    for (const block of this.#blocks) yield* block;
  }

  #blockFor(entry: Scored): number {
    const index = lowerBound(this.#blocks, (block) => compareScored(block.at(-1) as Scored, entry) < 0);
    return Math.min(index, Math.max(0, this.#blocks.length - 1));
  }
}

/** The first position for which `isBefore` does not hold. */
function lowerBound<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
