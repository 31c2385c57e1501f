/** Items a front may have been emptied of before the rest is moved up. */
const GAP_MAX = 1_024;

/** A list that is cheap to change at both ends. */
export class Deque {
  #items: string[] = [];
  /** Reversed: its last item is the list's first. */
  #front: string[] = [];
  /** Items at the start of `#items` that are gone. */
  #gone = 0;

  static of(items: string[]): Deque {
    const deque = new Deque();
    deque.#items = items;
    return deque;
  }

  get length(): number {
    return this.#front.length + this.#items.length - this.#gone;
  }

  pushLeft(item: string): void {
    this.#front.push(item);
  }

  pushRight(item: string): void {
    this.#items.push(item);
  }

  popLeft(): string | undefined {
    if (this.#front.length > 0) return this.#front.pop();
    if (this.#gone === this.#items.length) return undefined;
    const item = this.#items[this.#gone++];
    if (this.#gone > GAP_MAX && this.#gone * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#gone);
      this.#gone = 0;
    }
    return item;
  }

  /** Where all items are in front they move over first, each of them once: taking them off there would be quadratic. */
  popRight(): string | undefined {
    if (this.#items.length === this.#gone) this.replace(this.toArray());
    return this.#items.pop();
  }

  at(index: number): string | undefined {
    if (index < 0) return undefined;
    const fromFront = this.#front.length;
    return index < fromFront
      ? this.#front[fromFront - 1 - index]
      : this.#items[index - fromFront + this.#gone];
  }

  set(index: number, item: string): void {
    const fromFront = this.#front.length;
    if (index < fromFront) this.#front[fromFront - 1 - index] = item;
    else this.#items[index - fromFront + this.#gone] = item;
  }

  /** Items from position `from` up to `to`, without it. */
  slice(from: number, to: number): string[] {
    const found: string[] = [];
    for (let index = from; index < Math.min(to, this.length); index++) found.push(this.at(index) as string);
    return found;
  }

  toArray(): string[] {
    return [...this.#front.toReversed(), ...(this.#gone > 0 ? this.#items.slice(this.#gone) : this.#items)];
  }

  replace(items: string[]): void {
    this.#items = items;
    this.#front = [];
    this.#gone = 0;
  }
}
