import type { SpikeStockRpc } from "../../durable-objects/spike-stock/messages.ts";
import { callObject } from "../shared/object-call.ts";

/**
 * Calls the ledger of one spike, again when the platform says that may help.
 * @throws Refusal `overloaded` when the object is shedding load.
 */
export function withLedger<T>(
  env: Env,
  spikeId: string,
  call: (ledger: SpikeStockRpc) => Promise<T>,
): Promise<T> {
  return callObject(() => call(ledgerStub(env, spikeId)));
}

function ledgerStub(env: Env, spikeId: string): SpikeStockRpc {
  return env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(spikeId));
}
