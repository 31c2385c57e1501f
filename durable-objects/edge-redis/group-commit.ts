import type { AppendLog } from "./append-log.ts";
import type { Engine } from "./engine/engine.ts";
import { log, messageOf } from "../../workers/shared/log.ts";

/**
 * Makes what happened durable, in groups: the first commit is written at once, and what happens while one is on
 * its way to the disk is written together when that is over. Whoever has only read waits for what was read.
 */
export class GroupCommit {
  readonly #engine: Engine;
  readonly #log: Pick<AppendLog, "append">;
  readonly #sync: () => Promise<void>;
  readonly #onBroken: (error: unknown) => void;
  /** The last group that was written; resolves when it is on disk. */
  #written: Promise<void> = Promise.resolve();
  /** The one that is written after that. */
  #gathering: Promise<void> | null = null;

  /**
   * @param sync resolves when everything that was written is on disk
   * @param onBroken memory is ahead of the disk and stays so: it must not be used any more
   */
  constructor(
    engine: Engine,
    log: Pick<AppendLog, "append">,
    sync: () => Promise<void>,
    onBroken: (error: unknown) => void,
  ) {
    this.#engine = engine;
    this.#log = log;
    this.#sync = sync;
    this.#onBroken = (error) => {
      sayThatMemoryIsAhead(error);
      onBroken(error);
    };
    engine.onUnlogged = this.#onBroken;
  }

  /** Resolves when everything that has happened so far is on disk. */
  commit(): Promise<void> {
    if (this.#gathering) return this.#gathering;
    if (!this.#engine.hasLog) return this.#written;
    this.#gathering = this.#gather();
    return this.#gathering;
  }

  /**
   * Writes everything that has happened so far now, and something of the caller's with it: both are there, or
   * neither. Resolves when it is on disk.
   * @param change done in memory before, to be written too; if it fails halfway, memory must not be used any more
   */
  commitWith(write: () => void, change?: () => void): Promise<void> {
    this.#written = this.#store(write, change);
    return this.#written;
  }

  async #gather(): Promise<void> {
    await this.#written;
    this.#gathering = null;
    // Meanwhile it may have been written with something else.
    if (this.#engine.hasLog) this.#written = this.#store();
    await this.#written;
  }

  async #store(write?: () => void, change?: () => void): Promise<void> {
    try {
      change?.();
      this.#log.append(this.#engine);
      write?.();
      await this.#sync();
    } catch (error) {
      this.#onBroken(error);
      throw error;
    }
  }
}

function sayThatMemoryIsAhead(error: unknown): void {
  log.error("redis_memory_ahead_of_log", { message: messageOf(error) });
}
