/** What isolates load from elsewhere when their memory does not know it. */
export type LoadedThing = "spike" | "spike_list" | "stock" | "resting_stock";

const counts = new Map<LoadedThing, number>();

/** Counts a load that no cache could answer: for showing that a crowd causes few of them. */
export function countLoad(thing: LoadedThing): void {
  counts.set(thing, (counts.get(thing) ?? 0) + 1);
}

/** Loads of this isolate since it started. */
export function loadCounts(): Partial<Record<LoadedThing, number>> {
  return Object.fromEntries(counts);
}
