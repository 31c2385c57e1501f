import type { SpikeStockRpc } from "../../durable-objects/spike-stock/messages.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { callObject } from "../shared/object-call.ts";
import { ledgerName, ledgerOfOrder, type LedgerRef, ledgersOf } from "../shared/stripes.ts";

/** Ledgers of one spike called at the same moment: the platform opens six connections per invocation. */
const LEDGERS_AT_ONCE = 6;

/** A call of one ledger. It may be made again, each time with a new stub. */
export type LedgerCall<T> = (ledger: SpikeStockRpc) => Promise<T>;

/*
 * A spike has one ledger or several, its stripes. Everything of a user is in one of them, and an order's id
 * tells in which; what concerns the whole sale goes to all, or to the first, which leads.
 *
 * All of these call again when the platform says that may help, and throw Refusal `overloaded` when an
 * object is shedding load.
 */

/** Calls the ledger that leads: the only one of a spike that is not split. */
export function withLedger<T>(env: Env, spikeId: string, call: LedgerCall<T>): Promise<T> {
  return withLedgerAt(env, { spikeId, stripe: 0 }, call);
}

/**
 * Calls the ledger that holds this order.
 * @throws RangeError for text that is no order id.
 */
export async function withLedgerOfOrder<T>(env: Env, orderId: string, call: LedgerCall<T>): Promise<T> {
  return await withLedgerAt(env, ledgerOfOrder(orderId), call);
}

/**
 * Calls every ledger of a spike, a few at a time; the answers are in the order of the stripes. All are
 * called, whatever becomes of the others.
 * @throws the first failure, after all have been tried.
 */
export async function withEveryLedger<T>(
  env: Env,
  spikeId: string,
  call: (ledger: SpikeStockRpc, stripe: number) => Promise<T>,
): Promise<T[]> {
  const outcomes = await tryEveryLedger(env, spikeId, call);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

/** The same for who can do without some: says of each ledger what became of its call. */
export async function tryEveryLedger<T>(
  env: Env,
  spikeId: string,
  call: (ledger: SpikeStockRpc, stripe: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const ledgers = ledgersOf(spikeId);
  const outcomes: PromiseSettledResult<T>[] = [];
  await inParallel(ledgers, LEDGERS_AT_ONCE, async (of) => {
    const calling = withLedgerAt(env, of, (ledger) => call(ledger, of.stripe));
    [outcomes[of.stripe]] = await Promise.allSettled([calling]);
  });
  return outcomes;
}

/** Calls one ledger, for example `ledgerOfUser(spikeId, userId)`. */
export function withLedgerAt<T>(env: Env, of: LedgerRef, call: LedgerCall<T>): Promise<T> {
  const name = ledgerName(of);
  return callObject(() => call(env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(name))));
}
