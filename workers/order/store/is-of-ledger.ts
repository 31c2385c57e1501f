import { type Column, like, notLike, type SQL } from "drizzle-orm";

/**
 * Which orders of a spike are of one of its ledgers, by the form of their ids: those of the first have three parts,
 * those of the others the number of their ledger behind these. Any order when no ledger is named.
 */
export function isOfLedger(id: Column, spikeId: string, stripe: number | undefined): SQL | undefined {
  switch (stripe) {
    case undefined:
      return undefined;
    case 0:
      return notLike(id, `${spikeId}-%-%-%`);
    default:
      return like(id, `${spikeId}-%-%-${stripe}`);
  }
}
