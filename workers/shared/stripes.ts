import { ringOf } from "./hash-ring.ts";
import { type LedgerRef, parseOrderId, stripesOf } from "./ids.ts";
import type { LedgerConfig } from "./spike.ts";

/*
 * One ledger is serial. A sale that is larger than one ledger can serve has its stock split over several, its
 * stripes, and each of its users belongs to one of them.
 */

export type { LedgerRef };

/** All ledgers of a spike, in order. */
export function ledgersOf(spikeId: string): LedgerRef[] {
  return Array.from({ length: stripesOf(spikeId) }, (_, stripe) => ({ spikeId, stripe }));
}

/** The ledger that holds everything a user has in this spike; the same for ever. */
export function ledgerOfUser(spikeId: string, userId: string): LedgerRef {
  const stripes = stripesOf(spikeId);
  return { spikeId, stripe: stripes === 1 ? 0 : ringOf(stripes).nodeOf(userId) };
}

/**
 * The ledger that holds this order.
 * @throws RangeError for text that is no order id.
 */
export function ledgerOfOrder(orderId: string): LedgerRef {
  const parts = parseOrderId(orderId);
  if (!parts) throw new RangeError(`not an order id: ${orderId}`);
  return parts;
}

/** Which ledger this is the configuration of. */
export function refOf({ id, stripe = 0 }: LedgerConfig): LedgerRef {
  return { spikeId: id, stripe };
}

/** A ledger's part of so many units: as even as can be, and what is left over goes to the first ones. */
export function shareOf(units: number, { spikeId, stripe }: LedgerRef): number {
  const stripes = stripesOf(spikeId);
  return Math.floor(units / stripes) + (stripe < units % stripes ? 1 : 0);
}

/** The name of a ledger's Durable Object; the first has the name it would have alone. */
export function ledgerName({ spikeId, stripe }: LedgerRef): string {
  return stripe === 0 ? spikeId : `${spikeId}/${stripe}`;
}
