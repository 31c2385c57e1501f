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

/** `off`: nobody is to be told. `idle`: nothing was due. `silent`: nothing at all got through. */
export type RoundResult = "off" | "idle" | "progress" | "silent";

/** Sends what is due to one endpoint, once each, and writes down how it went. */
export async function sendRound(store: SenderStore, outside: Outside): Promise<RoundResult> {
  const endpoint = await store.endpoint();
  if (!endpoint?.enabled) return "off";
  const due = await store.due(outside.now(), ROUND_MAX);
  if (due.length === 0) return "idle";
  const settled: { delivery: DueDelivery; outcome: Outcome }[] = [];
  await inParallel(due, SENT_AT_ONCE, async (delivery) => {
    const outcome = await deliver(endpoint, delivery, outside);
    settled.push({ delivery, outcome });
    logOutcome(endpoint.id, delivery, outcome);
  });
  await store.settle(settled, outside.now());
  return settled.some(({ outcome }) => outcome.ok) ? "progress" : "silent";
}

function logOutcome(endpointId: string, { subject, version, attempts }: DueDelivery, outcome: Outcome): void {
  const fields = { endpointId, messageId: messageIdOf(subject, version), attempt: attempts + 1 };
  if (outcome.ok) return log.info("webhook_delivered", { ...fields, status: outcome.status });
  const failure = { ...fields, status: outcome.status, message: outcome.error };
  if (attempts + 1 >= ATTEMPTS_MAX) log.error("webhook_dead", failure);
  else log.warn("webhook_failed", failure);
}
