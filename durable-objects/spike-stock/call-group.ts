/** A call that waits for its turn with others. */
interface Waiting<Item, Reply> {
  items: Item[];
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
}

export interface CallGroupOptions<Item, Reply> {
  /** Most items of all the calls that are taken together. */
  itemsMax: number;
  /** Lets in the calls that have arrived and were not read yet: a turn of the event loop. */
  breathe: () => Promise<unknown>;
  /** Takes these calls in one transaction, which is undone when it throws; one reply for each, in their order. */
  take: (calls: Item[][]) => Reply[];
}

/**
 * Takes calls that arrive together in one transaction. A transaction and its commit cost the same however much they
 * carry, and the calls of many gates are small ones.
 */
export class CallGroup<Item, Reply> {
  readonly #options: CallGroupOptions<Item, Reply>;
  #waiting: Waiting<Item, Reply>[] = [];
  /** Items of those that wait. */
  #items = 0;

  constructor(options: CallGroupOptions<Item, Reply>) {
    this.#options = options;
  }

  submit(items: Item[]): Promise<Reply> {
    const { itemsMax } = this.#options;
    if (this.#items + items.length > itemsMax) this.#takeAll();
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.push({ items, resolve, reject });
    this.#items += items.length;
    // A full group gains nothing by waiting.
    if (this.#items >= itemsMax) this.#takeAll();
    else if (this.#waiting.length === 1) void this.#takeSoon(this.#waiting);
    return promise;
  }

  async #takeSoon(group: Waiting<Item, Reply>[]): Promise<void> {
    await this.#options.breathe();
    // Unless it was full and has gone.
    if (group === this.#waiting) this.#takeAll();
  }

  #takeAll(): void {
    const group = this.#waiting;
    this.#waiting = [];
    this.#items = 0;
    this.#take(group);
  }

  #take(group: Waiting<Item, Reply>[]): void {
    if (group.length === 0) return;
    try {
      const replies = this.#options.take(group.map(({ items }) => items));
      group.forEach(({ resolve }, position) => resolve(replies[position] as Reply));
    } catch (error) {
      // What one call has brought about must not be the others' fault.
      if (group.length > 1) for (const call of group) this.#take([call]);
      else for (const { reject } of group) reject(error);
    }
  }
}
