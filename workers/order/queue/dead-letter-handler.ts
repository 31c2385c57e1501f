import { bury, type Fault, type KeepDeadLetter } from "./dead-letters.ts";
import { ORDER_DELIVERIES_MAX, ordersOf, parseOrderEventsMessage } from "./message.ts";

/** What the dead-letter consumer works with. */
export interface DeadLetterConsumer {
  keepDeadLetter: KeepDeadLetter;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Keeps the messages that the order consumer gave back until the platform stopped delivering them.
 * No order is lost with them, because the ledger sends it again; they are kept to tell what happened.
 */
export async function handleDeadOrderMessages(
  batch: MessageBatch,
  consumer: DeadLetterConsumer,
): Promise<void> {
  const now = consumer.now();
  await Promise.all(
    batch.messages.map((message) => {
      const faults = faultsOf(message.body);
      const letter = { message, faults, queue: batch.queue, attempts: ORDER_DELIVERIES_MAX, now };
      return bury(letter, consumer.keepDeadLetter);
    }),
  );
}

/** A message arrives here without a word why; what is in it tells which of the two ways it took. */
function faultsOf(body: unknown): Fault[] {
  const parsed = parseOrderEventsMessage(body);
  if (!parsed.ok) return [{ reason: `${parsed.reason}, and its reason could not be kept at once` }];
  const reason = `the order store failed at each of ${ORDER_DELIVERIES_MAX} deliveries`;
  return ordersOf(parsed.message).map((order) => ({ reason, order }));
}
