import { waitUntil } from "cloudflare:workers";
import { LRUCache } from "lru-cache";
import type { ReserveRequest, ReserveResult } from "../../durable-objects/spike-stock/messages.ts";
import { withGate } from "../platform/gate.ts";
import { withLedger } from "../platform/ledger.ts";
import { loadSettings } from "../platform/settings-store.ts";
import { Gatherer } from "../shared/gather.ts";
import { HashRing } from "../shared/hash-ring.ts";
import { LEDGER_BATCH_MAX, PURCHASE_QUEUE_MAX } from "../shared/limits.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import { rememberStock } from "./stock.ts";

/** How long a request waits for one that carries its purchase, in milliseconds, before it goes by itself. */
const LEADER_SILENCE_MS = 3_000;

/** Gates one isolate gathers for: a few spikes are hot at a time, each with at most 64 gates. */
const GATHERERS_MAX = 1_000;

type PurchaseGatherer = Gatherer<ReserveRequest, ReserveResult>;

const gatherers = new LRUCache<string, PurchaseGatherer>({ max: GATHERERS_MAX });
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
  if (env.GATHER === "off") return (await reserve(env, spikeId, gate, [request]))[0] as ReserveResult;
  return await gathererOf(env, spikeId, gate).submit(request);
}

function ringOf(gates: number): HashRing {
  let ring = rings.get(gates);
  if (!ring) rings.set(gates, (ring = new HashRing(gates)));
  return ring;
}

function gathererOf(env: Env, spikeId: string, gate: number | null): PurchaseGatherer {
  const name = `${spikeId}/${gate ?? "ledger"}`;
  let gatherer = gatherers.get(name);
  if (!gatherer) {
    gatherer = new Gatherer({
      name: "purchase",
      batchMax: LEDGER_BATCH_MAX,
      queueMax: PURCHASE_QUEUE_MAX,
      silenceMs: LEADER_SILENCE_MS,
      send: (batch) => reserve(env, spikeId, gate, batch),
      waitUntil,
      now: Date.now,
    });
    gatherers.set(name, gatherer);
  }
  return gatherer;
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
