import { LEDGER_BATCH_MAX, PURCHASE_QUEUE_MAX } from "./limits.ts";

/**
 * Whether one more may wait for an object, where those who wait for all objects share the memory of one isolate.
 * Objects that do not answer must not take up the places of those that do: one call's worth may wait for each, however
 * many wait for others.
 *
 * @param own how many wait for the same object.
 * @param all how many wait for any.
 */
export function hasRoom(own: number, all: () => number): boolean {
  return own < LEDGER_BATCH_MAX || all() < PURCHASE_QUEUE_MAX;
}
