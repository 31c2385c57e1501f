import { poolStatuses, poolViews } from "../shared/pool.ts";
import type { LedgerView, SpikeConfig, StockStatus } from "../shared/spike.ts";
import { withEveryLedger } from "./ledger.ts";

/* What concerns a whole sale, whose ledgers it goes to. */

/** The stock of a sale. */
export async function readStatus(env: Env, spikeId: string): Promise<StockStatus> {
  return poolStatuses(await withEveryLedger(env, spikeId, (ledger) => ledger.status()));
}

/** Where every unit of a sale is. */
export async function viewLedgers(env: Env, spikeId: string): Promise<LedgerView> {
  return poolViews(await withEveryLedger(env, spikeId, (ledger) => ledger.view()));
}

/** Gives every ledger of a spike this definition, unless it has a newer one. Safe to repeat. */
export async function configureLedgers(env: Env, spike: SpikeConfig): Promise<StockStatus> {
  return poolStatuses(
    await withEveryLedger(env, spike.id, (ledger, stripe) => ledger.configure(spike, stripe)),
  );
}

/** Erases every ledger of a spike for good; false when one of them must not be erased. */
export async function eraseLedgers(env: Env, spikeId: string): Promise<boolean> {
  const erased = await withEveryLedger(env, spikeId, (ledger) => ledger.erase());
  return !erased.includes(false);
}
