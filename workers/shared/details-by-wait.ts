import type { RefusalDetails } from "./refusals.ts";

/** Waits whose details are kept, of some 100 bytes each: nearly all refusals of a crowd name one of a few. */
const WAITS_MAX = 100;

/**
 * The details of refusals that differ in their wait alone, frozen and made once for each wait, so that an answer
 * can keep their text.
 */
export class DetailsByWait {
  readonly #detail: string | undefined;
  readonly #known = new Map<number, RefusalDetails>();

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
    if (this.#known.size < WAITS_MAX) this.#known.set(retryAfter, details);
    return details;
  }
}
