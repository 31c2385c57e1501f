import { type LedgerRef, randomId, stripesOf } from "../../shared/ids.ts";

const RESTORE_ID_CHARS = 16;

/** Names a restoration, and which of the sale's ledgers it brings back: `<random>`, `<random>.<stripe>`. */
export function newRestoreId({ stripe }: LedgerRef): string {
  const id = randomId(RESTORE_ID_CHARS);
  return stripe === 0 ? id : `${id}.${stripe}`;
}

/** The ledger of the sale that this restoration brings back; the first for an id that names none. */
export function stripeOfRestore(spikeId: string, restore: string): number {
  const stripe = Number(/\.([1-9][0-9]?)$/.exec(restore)?.[1] ?? 0);
  return stripe < stripesOf(spikeId) ? stripe : 0;
}
