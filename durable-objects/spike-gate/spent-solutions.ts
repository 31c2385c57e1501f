import { BoundedMap } from "../../workers/shared/bounded-map.ts";
import type { Solution } from "./messages.ts";

/** Used solutions a gate remembers. Each cost its sender a second of work, so this is hours of a bot's time. */
export const SPENT_SOLUTIONS_MAX = 50_000;

/**
 * Which challenge solutions have been used, until they expire by themselves. A user always meets the
 * same gate, so a solution works once in the whole fleet; a gate that is lost forgets, and then a
 * solution works again for what is left of its short life.
 */
export class SpentSolutions {
  readonly #spent = new BoundedMap<string, string>(SPENT_SOLUTIONS_MAX);

  /**
   * Uses a solution up for a purchase. The same purchase may come again with it, since the first
   * answer may have been lost.
   * @param purchase names the user and the idempotency key.
   * @param now epoch milliseconds.
   * @returns false when it was used for another purchase or has expired.
   */
  spend({ id, expiresAt }: Solution, purchase: string, now: number): boolean {
    if (expiresAt <= now) return false;
    const spent = this.#spent.get(id);
    if (spent !== undefined && spent !== purchase) return false;
    this.#spent.set(id, purchase);
    return true;
  }
}
