import { type Arrival, BURST_DECAY, BURST_EARLY_MS, BURST_EARLY_SHARE } from "../../load/arrivals.ts";

/**
 * The share of a crowd that has come by a time, in milliseconds after the start: the distribution
 * functions of `scheduleArrivals`, because nobody can draw fifty million dice one by one.
 */
export function arrivedShare(arrival: Arrival, windowMs: number, atMs: number): number {
  const part = Math.min(1, Math.max(0, atMs / windowMs));
  switch (arrival) {
    case "burst": {
      const early = Math.min(1, Math.max(0, (atMs + BURST_EARLY_MS) / BURST_EARLY_MS));
      const later = (1 - Math.exp(-BURST_DECAY * part)) / (1 - Math.exp(-BURST_DECAY));
      return BURST_EARLY_SHARE * early + (1 - BURST_EARLY_SHARE) * later;
    }
    case "ramp":
      return part * part;
    case "poisson":
      return part;
  }
}

/** Shoppers who do the same thing within one time slot, by slot; slots are taken out once they are due. */
export class Slots {
  readonly #counts = new Map<number, number>();
  readonly #slotMs: number;

  constructor(slotMs: number) {
    this.#slotMs = slotMs;
  }

  add(atMs: number, shoppers: number): void {
    if (shoppers <= 0) return;
    const slot = Math.floor(atMs / this.#slotMs);
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + shoppers);
  }

  /** So many shoppers, evenly over a span of time. */
  spread(fromMs: number, toMs: number, shoppers: number): void {
    const parts = Math.min(shoppers, Math.max(1, Math.ceil((toMs - fromMs) / this.#slotMs)));
    let left = shoppers;
    for (let part = 0; part < parts; part++) {
      const share = Math.floor(left / (parts - part));
      this.add(fromMs + ((toMs - fromMs) * (part + 0.5)) / parts, share);
      left -= share;
    }
  }

  /** Those of the slot that ends at this time: nobody can be added to it any more. */
  take(atMs: number): number {
    const slot = Math.floor(atMs / this.#slotMs) - 1;
    const due = this.#counts.get(slot) ?? 0;
    this.#counts.delete(slot);
    return due;
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }
}
