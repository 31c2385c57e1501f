import { wakeSender } from "../../platform/webhook-sender.ts";
import { purgeDeliveries } from "./deliveries.ts";
import { readEndpoints } from "./endpoints.ts";

/** What cron does for webhooks: wakes every sender, in case one was not told, and forgets what is old. */
export async function tendWebhooks(env: Env, now: number): Promise<void> {
  for (const { id, enabled } of await readEndpoints(env)) {
    if (enabled) await wakeSender(env, id, false);
    await purgeDeliveries(env, id, now);
  }
}
