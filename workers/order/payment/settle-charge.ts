import type { OpenPayment } from "../../../durable-objects/spike-stock/messages.ts";
import { withLedgerOfOrder } from "../../platform/ledger.ts";
import { log, messageOf } from "../../shared/log.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import { withTimeLimit } from "../../shared/time-limit.ts";
import { takeStep } from "../order-steps.ts";
import { type PaymentProvider, PROVIDER_TIMEOUT_MS } from "./provider.ts";

/** What became of a charge. `order` is how the order stands after it. */
export type SettledCharge =
  | { outcome: "paid"; order: OrderSnapshot }
  /** The order could not be paid any more. `refunded` is false while the provider cannot be reached. */
  | { outcome: "rejected"; detail: string; refunded: boolean };

/**
 * Lets the ledger decide about a charge that was made, and returns the money if it says no. Safe to
 * repeat and to run twice at once. The payment stays open in the ledger until money and order agree,
 * so that whatever is interrupted here is finished by `settleOpenPayments`.
 */
export async function settleCharge(
  env: Env,
  provider: PaymentProvider,
  payment: OpenPayment,
  paymentId: string,
): Promise<SettledCharge> {
  const { orderId, userId } = payment.order;
  const { attempt } = payment;
  const result = await takeStep(env, { do: "pay", orderId, userId, paymentId, attempt });
  if (result.ok) return { outcome: "paid", order: result.order };
  const refunded = await returnMoney(env, provider, payment, paymentId);
  // Another charge paid the order, and this one is on its way back: what the caller wanted is done.
  if (result.code === "order_state" && result.order.state === "paid") {
    return { outcome: "paid", order: result.order };
  }
  const detail = result.code === "order_state" ? result.detail : "The order does not exist any more.";
  return { outcome: "rejected", detail, refunded };
}

async function returnMoney(
  env: Env,
  provider: PaymentProvider,
  { order: { orderId }, attempt }: OpenPayment,
  paymentId: string,
): Promise<boolean> {
  try {
    await withTimeLimit(provider.refund(paymentId), PROVIDER_TIMEOUT_MS, "The refund");
  } catch (error) {
    log.error("refund_failed", { orderId, paymentId, message: messageOf(error) });
    return false;
  }
  log.info("payment_refunded", { orderId, paymentId });
  await withLedgerOfOrder(env, orderId, (ledger) => ledger.closePayment(orderId, attempt));
  return true;
}
