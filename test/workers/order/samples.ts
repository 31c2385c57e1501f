import type { OrderEventsMessage, OrderSnapshot } from "../../../workers/shared/order.ts";

export const SAMPLE_TIME = Date.parse("2026-11-11T00:00:00Z");

/** A valid order of the spike `sample` with the given sequence number; `changes` make it special. */
export function sampleOrder(sequence: number, changes: Partial<OrderSnapshot> = {}): OrderSnapshot {
  const spikeId = changes.spikeId ?? "sample";
  return {
    orderId: `${spikeId}-${sequence.toString(36)}-nonce`,
    spikeId,
    spikeTitle: "Sample phone",
    userId: "u1",
    quantity: 1,
    amountMinor: 19900,
    currency: "EUR",
    state: "reserved",
    version: 1,
    payBefore: SAMPLE_TIME + 300_000,
    createdAt: SAMPLE_TIME + sequence,
    updatedAt: SAMPLE_TIME + sequence,
    ...changes,
  };
}

/** The message that the ledger of these orders' spike would send. */
export function sampleMessage(orders: OrderSnapshot[]): OrderEventsMessage {
  const { spikeId, spikeTitle, currency } = orders[0] ?? sampleOrder(1);
  const events = orders.map(
    ({ spikeId: _spike, spikeTitle: _title, currency: _currency, ...event }) => event,
  );
  return { format: 1, spikeId, spikeTitle, currency, events };
}
