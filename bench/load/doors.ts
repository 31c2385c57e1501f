/** The end of a rehearsal, for those who would otherwise ask for ever. */
export class Doors {
  #open = true;
  readonly #waiting = new Set<() => void>();

  get open(): boolean {
    return this.#open;
  }

  /** Lets everybody who waits here go at once. */
  close(): void {
    this.#open = false;
    for (const leave of this.#waiting) leave();
  }

  /** Resolves after `ms` milliseconds, or when the doors close. */
  wait(ms: number): Promise<void> {
    if (!this.#open) return Promise.resolve();
    return new Promise((resolve) => {
      const leave = () => {
        clearTimeout(timer);
        this.#waiting.delete(leave);
        resolve();
      };
      const timer = setTimeout(leave, ms);
      this.#waiting.add(leave);
    });
  }
}

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
