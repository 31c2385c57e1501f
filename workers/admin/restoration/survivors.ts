import type { RestoreExpectations } from "../../../durable-objects/spike-stock/messages.ts";
import { withEveryLedger } from "../../platform/ledger.ts";
import type { LedgerRef } from "../../shared/ids.ts";
import { log, messageOf } from "../../shared/log.ts";
import { poolStatuses, readWhole } from "../../shared/pool.ts";
import { Refusal } from "../../shared/refusals.ts";
import type { StockStatus } from "../../shared/spike.ts";

const NOT_HEARD =
  "Another ledger of this sale cannot be heard, and must be: it knows what it gave to the lost one.";
const RETRY_SECONDS = 5;

/** What the other ledgers of a sale know of one that was lost. */
export interface Heard {
  /** Units that are in the others or on their way between them. */
  units: number;
  /** What has gone between each of the others and the lost one, seen from the lost one. */
  transfers: NonNullable<RestoreExpectations["transfers"]>;
}

/**
 * Hears all other ledgers of the sale. One that is lost as well has nothing to say: what went between the two is
 * known to neither, and both begin anew.
 * @throws Refusal `overloaded` when one of them cannot be heard: its counters must not be guessed.
 */
export async function heardOf(env: Env, lost: LedgerRef): Promise<Heard> {
  const read = () =>
    withEveryLedger(env, lost.spikeId, async (ledger, stripe) => {
      if (stripe === lost.stripe || (await ledger.condition()) !== "open") return null;
      return await ledger.status();
    });
  try {
    return await readWhole(read, (statuses) => hear(lost, statuses));
  } catch (error) {
    log.warn("ledgers_not_heard", { spikeId: lost.spikeId, message: messageOf(error) });
    throw new Refusal("overloaded", { detail: NOT_HEARD, retryAfter: RETRY_SECONDS });
  }
}

function hear(lost: LedgerRef, statuses: readonly (StockStatus | null)[]): Heard {
  const transfers = statuses.flatMap((status, stripe) => {
    if (status?.transfers === undefined) return [];
    const { given, taken } = status.transfers;
    // What the other has taken was given, and what it has given is gone, whether it arrived or not.
    return [{ stripe, given: taken[lost.stripe] ?? 0, taken: given[lost.stripe] ?? 0 }];
  });
  return { units: statuses.some(Boolean) ? poolStatuses(statuses).total : 0, transfers };
}
