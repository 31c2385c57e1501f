import type { WebhookSenderRpc } from "../../durable-objects/webhook-sender/messages.ts";
import { log, messageOf } from "../shared/log.ts";
import { callObject } from "../shared/object-call.ts";

/**
 * Tells the sender of an endpoint that something is due. Never throws: what is due stands in the database, and
 * cron tells it again.
 * @param hurry also when the endpoint is left alone because it failed.
 */
export async function wakeSender(env: Env, endpointId: string, hurry: boolean): Promise<void> {
  try {
    await callObject(() => senderStub(env, endpointId).wake(endpointId, hurry));
  } catch (error) {
    log.warn("webhook_sender_not_woken", { endpointId, message: messageOf(error) });
  }
}

function senderStub(env: Env, endpointId: string): WebhookSenderRpc {
  return env.WEBHOOK_SENDER.get(env.WEBHOOK_SENDER.idFromName(endpointId));
}
