import { waitUntil } from "cloudflare:workers";
import type { Aged } from "../platform/edge-cache.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import { log, messageOf } from "../shared/log.ts";
import { withTimeLimit } from "../shared/time-limit.ts";

/** How long who asks waits for the database where something is known already, in milliseconds. */
export const DATABASE_PATIENCE_MS = 1_000;

/**
 * What the database said last, for the time when it cannot be reached, or does not answer: a sale goes on with
 * what is known. An answer that comes late is what is known the next time.
 */
export class LastKnown<Value extends object> {
  readonly #values: BoundedMap<string, Value>;
  /** Changes that this isolate made itself: what was being read then is out of date. */
  #changes = 0;

  /** @param max values kept. */
  constructor(max: number) {
    this.#values = new BoundedMap(max);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  set(key: string, value: Value): void {
    this.#changes += 1;
    this.#values.set(key, value);
  }

  forget(key: string): void {
    this.#changes += 1;
    this.#values.delete(key);
  }

  /**
   * What `load` says, null for what there is none of; what was last known when it fails or takes longer than
   * DATABASE_PATIENCE_MS.
   * @throws what `load` throws, when nothing is known.
   */
  read(key: string, load: () => Promise<Aged<Value>>): Promise<Aged<Value>>;
  read(key: string, load: () => Promise<Aged<Value> | null>): Promise<Aged<Value> | null>;
  async read(key: string, load: () => Promise<Aged<Value> | null>): Promise<Aged<Value> | null> {
    const answer = this.#learn(key, load());
    if (!this.has(key)) return await answer;
    waitUntil(answer.catch(() => undefined));
    try {
      return await withTimeLimit(answer, DATABASE_PATIENCE_MS, "Reading the catalogue");
    } catch (error) {
      const value = this.#values.get(key);
      if (!value) throw error;
      log.error("catalogue_unreadable", { key, message: messageOf(error) });
      return { value, at: Date.now() };
    }
  }

  async #learn(key: string, answer: Promise<Aged<Value> | null>): Promise<Aged<Value> | null> {
    const changes = this.#changes;
    const aged = await answer;
    if (changes !== this.#changes) return aged;
    if (aged) this.#values.set(key, aged.value);
    else this.#values.delete(key);
    return aged;
  }
}
