import { inParallel } from "../../workers/shared/in-parallel.ts";
import { log } from "../../workers/shared/log.ts";
import { messageIdOf } from "../../workers/shared/webhook.ts";
import { deliver, type Outside } from "./deliver.ts";
import type { DueDelivery, Outcome } from "./delivery.ts";
import { ATTEMPTS_MAX } from "./schedule.ts";
import type { SenderStore } from "./store.ts";

/** Events of one round: bounds what is in memory, and how much is sent again after a crash. */
export const ROUND_MAX = 50;
/** Requests to one endpoint at once. */
const SENT_AT_ONCE = 8;
/**
 * No request of a round begins later than this after the first, in milliseconds: a round goes by the address and the
 * secrets that it read, and one that was leaked or switched off meanwhile must not be used for long.
 */
export const ROUND_MAX_MS = 10_000;

export interface RoundResult {
  /** `off`: nobody is to be told. `idle`: nothing was due. `silent`: nothing at all got through. */
  end: "off" | "idle" | "progress" | "silent";
  /** How long the endpoint asked to be left alone, in milliseconds; 0 when it did not. */
  askedPauseMs: number;
}

/**
 * Sends what is due to one endpoint, once each, and writes down how it went. What is left when the round's time is up,
 * or when the endpoint asks for a pause, stays due and has used none of its attempts.
 */
export async function sendRound(store: SenderStore, outside: Outside): Promise<RoundResult> {
  const endpoint = await store.endpoint();
  if (!endpoint?.enabled) return { end: "off", askedPauseMs: 0 };
  const due = await store.due(outside.now(), ROUND_MAX);
  if (due.length === 0) return { end: "idle", askedPauseMs: 0 };
  const until = outside.now() + ROUND_MAX_MS;
  let askedPauseMs = 0;
  const mayBegin = () => askedPauseMs === 0 && outside.now() < until;
  function* beginning() {
    for (const delivery of due) if (mayBegin()) yield delivery;
  }
  const settled: { delivery: DueDelivery; outcome: Outcome }[] = [];
  await inParallel(beginning(), SENT_AT_ONCE, async (delivery) => {
    const outcome = await deliver(endpoint, delivery, outside);
    settled.push({ delivery, outcome });
    askedPauseMs = Math.max(askedPauseMs, outcome.askedPauseMs ?? 0);
    logOutcome(endpoint.id, delivery, outcome);
  });
  await store.settle(settled, outside.now());
  return { end: settled.some(({ outcome }) => outcome.ok) ? "progress" : "silent", askedPauseMs };
}

function logOutcome(endpointId: string, { subject, version, attempts }: DueDelivery, outcome: Outcome): void {
  const fields = { endpointId, messageId: messageIdOf(subject, version), attempt: attempts + 1 };
  if (outcome.ok) return log.info("webhook_delivered", { ...fields, status: outcome.status });
  const failure = { ...fields, status: outcome.status, message: outcome.error };
  if (attempts + 1 >= ATTEMPTS_MAX) log.error("webhook_dead", failure);
  else log.warn("webhook_failed", failure);
}
