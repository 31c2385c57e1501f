/** A key with what it holds. */
interface Slot<V> {
  key: string;
  value: V;
  /** Grows with each key that is added: where a scan has come to. */
  id: number;
  isDead: boolean;
}

/** Dead slots are swept away once there are as many as living ones, and at least so many. */
const SWEEP_MIN = 32;

/**
 * Bytes to values, in the order in which keys were added. A scan goes by numbers that only grow, so whatever
 * is there from its beginning to its end is seen once, whatever is added and removed meanwhile; and a
 * random key is found without counting. Behind this interface the storage can be another one.
 */
export class Dictionary<V> {
  readonly #slots = new Map<string, Slot<V>>();
  /** Ascending by id, the dead ones among them until they are swept away. */
  #order: Slot<V>[] = [];
  #nextId = 1;

  get size(): number {
    return this.#slots.size;
  }

  has(key: string): boolean {
    return this.#slots.has(key);
  }

  get(key: string): V | undefined {
    return this.#slots.get(key)?.value;
  }

  /** Whether the key is new. */
  set(key: string, value: V): boolean {
    const known = this.#slots.get(key);
    if (known) {
      known.value = value;
      return false;
    }
    const slot = { key, value, id: this.#nextId++, isDead: false };
    this.#slots.set(key, slot);
    this.#order.push(slot);
    return true;
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (!slot) return false;
    this.#slots.delete(key);
    slot.isDead = true;
    const dead = this.#order.length - this.#slots.size;
    if (dead > SWEEP_MIN && dead > this.#slots.size) {
      this.#order = this.#order.filter((other) => !other.isDead);
    }
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#order = [];
  }

  keys(): MapIterator<string> {
    return this.#slots.keys();
  }

  *entries(): Generator<[string, V]> {
    for (const { key, value } of this.#slots.values()) yield [key, value];
  }

  /** Any key, each as likely as any other; undefined when there is none. */
  randomKey(): string | undefined {
    if (this.#slots.size === 0) return undefined;
    for (;;) {
      const slot = this.#order[Math.floor(Math.random() * this.#order.length)];
      if (slot && !slot.isDead) return slot.key;
    }
  }

  /** `count` keys from a cursor on; 0 begins, and as the next cursor says that it is over. */
  scan(cursor: number, count: number): { keys: string[]; cursor: number } {
    const keys: string[] = [];
    let at = this.#indexOf(cursor);
    for (; at < this.#order.length && keys.length < count; at++) {
      const slot = this.#order[at] as Slot<V>;
      if (!slot.isDead) keys.push(slot.key);
    }
    return { keys, cursor: this.#order[at]?.id ?? 0 };
  }

  /** Of the first slot with this id or a larger one. */
  #indexOf(id: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as Slot<V>).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
