import { waitUntil } from "cloudflare:workers";
import { withLedgerAt } from "../../platform/ledger.ts";
import type { RecordedOrder } from "../../shared/order.ts";
import type { LedgerRef } from "../../shared/stripes.ts";
import { withOrderStore } from "../store/open-order-store.ts";
import { announcingStore } from "../webhooks/announce.ts";
import { Confirmations } from "./confirmations.ts";
import { handleDeadOrderMessages } from "./dead-letter-handler.ts";
import { keepDeadLettersIn } from "./dead-letters.ts";
import { handleOrderMessages } from "./handler.ts";
import { ORDER_DEAD_QUEUE, ORDER_QUEUE, roleOfQueue } from "./message.ts";

const confirmations = new Confirmations();

/**
 * The Worker's `queue` handler.
 * @throws Error for a queue that wrangler.toml names and this code does not; its messages come back.
 */
export async function consumeQueue(batch: MessageBatch, env: Env): Promise<void> {
  const keepDeadLetter = keepDeadLettersIn(env.DB);
  switch (roleOfQueue(batch.queue)) {
    case ORDER_QUEUE:
      return withOrderStore(env, (store) =>
        handleOrderMessages(batch, {
          store: announcingStore(env, store, Date.now),
          keepDeadLetter,
          acknowledge: (ledger, orders) => confirmations.add(ledger, orders, telling(env)),
          giveBack: (to, orders) => withLedgerAt(env, to, (ledger) => ledger.takeBack(orders)),
          now: Date.now,
        }),
      );
    case ORDER_DEAD_QUEUE:
      return handleDeadOrderMessages(batch, { keepDeadLetter, now: Date.now });
    default:
      throw new Error(
        `No consumer for the queue ${JSON.stringify(batch.queue)}: name it in order/queue/message.ts.`,
      );
  }
}

const telling = (env: Env) => ({
  tell: (of: LedgerRef, orders: RecordedOrder[]) =>
    withLedgerAt(env, of, (ledger) => ledger.recorded(orders)),
  pause: (ms: number) => scheduler.wait(ms),
  waitUntil,
  now: Date.now,
});
