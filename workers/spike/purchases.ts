import type { GateRequest, GateResult, Solution } from "../../durable-objects/spike-gate/messages.ts";
import { GatheredCalls } from "../platform/gathered-calls.ts";
import { withGate } from "../platform/gate.ts";
import { withLedgerAt } from "../platform/ledger.ts";
import { loadSpikeSettings } from "../platform/settings-store.ts";
import type { OnKnown } from "../shared/gather.ts";
import { logPassage, reservedOf } from "../shared/follow.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import { ledgerName, ledgerOfUser, type LedgerRef } from "../shared/stripes.ts";
import { gateOf, keeperOf } from "./gates.ts";
import { rememberWin } from "./known-keys.ts";
import { count } from "./funnel/counting.ts";
import { rememberStockOf } from "./stock.ts";
import { learnStanding, limitsOf } from "./strikes.ts";

const calls = new GatheredCalls<GateRequest, GateResult>("purchase");

/**
 * Asks the ledger for a reservation, together with the purchases that are waiting in this isolate
 * for the same gate. Safe to repeat with the same key.
 * @param onKnown hears how it ended also when the client has hung up.
 * @throws Refusal `overloaded` when the way to the ledger is full.
 */
export async function purchase(
  env: Env,
  spikeId: string,
  request: GateRequest,
  settings: Settings,
  onKnown: OnKnown<GateResult>,
): Promise<GateResult> {
  const gate = gateOf(request.userId, settings);
  const ledger = ledgerOfUser(spikeId, request.userId);
  // Apart for each ledger, so that one that is slow or fails keeps only its own users waiting.
  const way = `${gate ?? "direct"} to ${ledgerName(ledger)}`;
  const send = (batch: GateRequest[]) =>
    gate === null ? askLedger(env, ledger, batch) : askGate(env, spikeId, gate, batch);
  if (gate === null && !(await mayGoDirectly(env, spikeId, request))) {
    return { ok: false, code: "challenge_required" };
  }
  // By whoever knows first: a client that hung up comes back with this key, and may come before its own context would go on.
  const learn: OnKnown<GateResult> = (result) => {
    if (result?.ok) rememberWin(spikeId, request);
    onKnown(result);
  };
  if (env.GATHER !== "off") return await calls.submit(way, request, send, learn);
  const [result] = (await send([request])) as [GateResult];
  learn(result);
  return result;
}

/** What a gate on the way would see to: there is none that remembers purchases that won. */
async function mayGoDirectly(env: Env, spikeId: string, request: GateRequest): Promise<boolean> {
  if (request.owesProof) return false;
  return !request.solution || (await useUp(env, spikeId, request, request.solution));
}

/** Also without gates on the way of purchases, one remembers which solutions were used. */
function useUp(
  env: Env,
  spikeId: string,
  { userId, key }: GateRequest,
  solution: Solution,
): Promise<boolean> {
  const keeper = keeperOf({ kind: "user", value: userId }, { gatesPerSpike: OFF });
  return withGate(env, spikeId, keeper, (stub) => stub.spend(solution, { userId, key }));
}

async function askLedger(env: Env, of: LedgerRef, requests: GateRequest[]): Promise<GateResult[]> {
  const { spikeId } = of;
  const reply = await withLedgerAt(env, of, (ledger) => ledger.reserve(requests));
  countPassage(env, spikeId, "ledger", requests);
  rememberStockOf(spikeId, reply.status);
  logPassage("worker_reserved", { ...of }, reservedOf(requests, reply.results));
  return reply.results;
}

/** How many calls were made on this way, and how many purchases they carried. */
function countPassage(env: Env, spikeId: string, way: string, requests: readonly GateRequest[]): void {
  count(env, spikeId, { [`${way}.calls`]: 1, [`${way}.purchases`]: requests.length });
}

/** One call for the whole batch; what it says about the stock and the users is news for this isolate. */
async function askGate(
  env: Env,
  spikeId: string,
  gate: number,
  requests: GateRequest[],
): Promise<GateResult[]> {
  const settings = await loadSpikeSettings(env, spikeId);
  const { userIntervalMs } = settings;
  const purchases = { spikeId, requests, userIntervalMs, limits: limitsOf(settings) };
  const reply = await withGate(env, spikeId, gate, (stub) => stub.purchase(purchases));
  countPassage(env, spikeId, `gate.${gate}`, requests);
  if (reply.status) rememberStockOf(spikeId, reply.status);
  for (const standing of reply.standings ?? []) {
    const { userId } = standing;
    const address = requests.find((request) => request.userId === userId)?.address ?? null;
    learnStanding({ env, spikeId, settings, userId, address, now: Date.now() }, standing);
  }
  logPassage("worker_reserved", { spikeId, gate }, reservedOf(requests, reply.results));
  return reply.results;
}
