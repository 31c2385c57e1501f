import { BoundedMap } from "./bounded-map.ts";
import type { RefusalDetails } from "./refusals.ts";

/**
 * Waits whose details are kept, those that were named last, of some 300 bytes each with their text. The longest that
 * any setting makes, an hour, is spread over so many seconds.
 */
const WAITS_MAX = 1_000;

/**
 * The details of refusals that differ in their wait alone, frozen and made once for each wait, so that an answer
 * can keep their text.
 */
export class DetailsByWait {
  readonly #detail: string | undefined;
  readonly #known = new BoundedMap<number, RefusalDetails>(WAITS_MAX);

  /** @param detail what is said to a person; the refusal's own title when absent. */
  constructor(detail?: string) {
    this.#detail = detail;
  }

  /** @param retryAfter whole seconds. */
  of(retryAfter: number): RefusalDetails {
    const known = this.#known.get(retryAfter);
    if (known) return known;
    const detail = this.#detail;
    const details = Object.freeze({ ...(detail !== undefined && { detail }), retryAfter });
    this.#known.set(retryAfter, details);
    return details;
  }
}
