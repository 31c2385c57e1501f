import type { LedgerOrder } from "../../durable-objects/spike-stock/messages.ts";
import { GatheredCalls } from "../platform/gathered-calls.ts";
import { withLedgerOfOrder } from "../platform/ledger.ts";
import { ledgerName, ledgerOfOrder } from "../shared/stripes.ts";
import { withOrderStore } from "./store/open-order-store.ts";
import { findSpikeIdOf, noSuchOrder, type OrderRef } from "./transition.ts";

const lookups = new GatheredCalls<OrderRef, LedgerOrder | null>("order lookup");

/**
 * An order of the user's as it stands now. The ledger is asked first, because the database follows
 * it: who has just paid must see that. Orders that no ledger has any more are in the database.
 * @throws Refusal `not_found`.
 */
export async function readOrder(env: Env, ref: OrderRef): Promise<LedgerOrder> {
  const spikeId = await findSpikeIdOf(env, ref.orderId);
  const known = spikeId === null ? null : await readLedgerOrder(env, ref);
  if (known !== null) return known;
  const order = await withOrderStore(env, (store) => store.find(ref.orderId, ref.userId));
  if (order === null) throw noSuchOrder();
  return { order, recorded: true };
}

/**
 * One order from the ledger of an existing spike; null when it has none such for this user. Winners
 * poll until their order is recorded, so those waiting in this isolate ask in one call.
 */
function readLedgerOrder(env: Env, ref: OrderRef): Promise<LedgerOrder | null> {
  const { orderId } = ref;
  return lookups.submit(ledgerName(ledgerOfOrder(orderId)), ref, (refs) =>
    withLedgerOfOrder(env, orderId, (ledger) => ledger.lookup(refs)),
  );
}
