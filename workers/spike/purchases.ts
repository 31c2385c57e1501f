import type { ReserveRequest, ReserveResult } from "../../durable-objects/spike-stock/messages.ts";
import { GatheredCalls } from "../platform/gathered-calls.ts";
import { withGate } from "../platform/gate.ts";
import { withLedger } from "../platform/ledger.ts";
import { loadSettings } from "../platform/settings-store.ts";
import { HashRing } from "../shared/hash-ring.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import { rememberKey } from "./known-keys.ts";
import { rememberStock } from "./stock.ts";

const calls = new GatheredCalls<ReserveRequest, ReserveResult>("purchase");
const rings = new Map<number, HashRing>();

/**
 * Asks the ledger for a reservation, together with the purchases that are waiting in this isolate
 * for the same gate. Safe to repeat with the same key.
 * @throws Refusal `overloaded` when the way to the ledger is full.
 */
export async function purchase(
  env: Env,
  spikeId: string,
  request: ReserveRequest,
  { gatesPerSpike }: Settings,
): Promise<ReserveResult> {
  const gate = gatesPerSpike === OFF ? null : ringOf(gatesPerSpike).nodeOf(request.userId);
  const send = (batch: ReserveRequest[]) => reserve(env, spikeId, gate, batch);
  const result =
    env.GATHER === "off"
      ? ((await send([request]))[0] as ReserveResult)
      : await calls.submit(`${spikeId}/${gate ?? "ledger"}`, request, send);
  if (result.ok) rememberKey(spikeId, request.key);
  return result;
}

function ringOf(gates: number): HashRing {
  let ring = rings.get(gates);
  if (!ring) rings.set(gates, (ring = new HashRing(gates)));
  return ring;
}

/** One call for the whole batch; what it says about the stock is news for this isolate. */
async function reserve(
  env: Env,
  spikeId: string,
  gate: number | null,
  requests: ReserveRequest[],
): Promise<ReserveResult[]> {
  const { userIntervalMs } = await loadSettings(env);
  const reply =
    gate === null
      ? await withLedger(env, spikeId, (ledger) => ledger.reserve(requests))
      : await withGate(env, spikeId, gate, (stub) => stub.purchase({ spikeId, requests, userIntervalMs }));
  if (reply.status) rememberStock(spikeId, reply.status);
  return reply.results;
}
