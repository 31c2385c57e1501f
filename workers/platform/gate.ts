import type { SpikeGateRpc } from "../../durable-objects/spike-gate/messages.ts";
import { callObject } from "../shared/object-call.ts";

/**
 * Calls one gate of a spike, again when the platform says that may help.
 * @param gate the gate's number, from 0.
 * @throws Refusal `overloaded` when the object is shedding load.
 */
export function withGate<T>(
  env: Env,
  spikeId: string,
  gate: number,
  call: (gate: SpikeGateRpc) => Promise<T>,
): Promise<T> {
  return callObject(() => {
    const id = env.SPIKE_GATE.idFromName(`${spikeId}/${gate}`);
    return call(env.SPIKE_GATE.get(id));
  });
}
