import { waitUntil } from "cloudflare:workers";
import { withLedgerOfOrder } from "../../platform/ledger.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import { Refusal } from "../../shared/refusals.ts";
import { withTimeLimit } from "../../shared/time-limit.ts";
import { takeStep } from "../order-steps.ts";
import { orderOf, type OrderRef, transition } from "../transition.ts";
import { type PaymentProvider, PROVIDER_TIMEOUT_MS } from "./provider.ts";
import { settleCharge } from "./settle-charge.ts";

/**
 * Pays an order of the user's; one that is paid already is answered as it is, without a charge.
 * The ledger is asked before the charge and decides after it, because the order may expire or be
 * cancelled meanwhile. Goes on when the client hangs up, so that a charge is not left half-way.
 * @throws Refusal `not_found`; `order_state` when the order cannot be paid or the charge was
 *   declined, with `refunded` when money had moved and was returned.
 */
export function payOrder(
  env: Env,
  provider: PaymentProvider,
  ref: OrderRef & { requestId: string },
): Promise<OrderSnapshot> {
  const paying = transition(env, ref, "paid", () => chargeAndPay(env, provider, ref));
  // A refusal is the caller's to hear, not the platform's.
  waitUntil(paying.then(ignore, ignore));
  return paying;
}

async function chargeAndPay(
  env: Env,
  provider: PaymentProvider,
  { orderId, userId, requestId }: OrderRef & { requestId: string },
): Promise<OrderSnapshot> {
  const begun = await takeStep(env, { do: "begin_payment", orderId, userId });
  const order = orderOf(begun);
  if (!begun.ok || begun.attempt === undefined) return order;
  const { attempt } = begun;
  const { amountMinor, currency } = order;
  const charge = await withTimeLimit(
    provider.charge({ orderId, attempt, amountMinor, currency, requestId }),
    PROVIDER_TIMEOUT_MS,
    "The charge",
  );
  if (charge.outcome === "declined") {
    await withLedgerOfOrder(env, orderId, (ledger) => ledger.closePayment(orderId, attempt));
    throw new Refusal("order_state", { orderId, detail: `The payment was declined: ${charge.reason}.` });
  }
  const settled = await settleCharge(env, provider, { order, attempt }, charge.paymentId);
  if (settled.outcome === "paid") return settled.order;
  throw settled.refunded
    ? new Refusal("order_state", {
        orderId,
        refunded: true,
        detail: `${settled.detail} Your payment was refunded.`,
      })
    : new Refusal("order_state", { orderId, detail: `${settled.detail} Your payment will be refunded.` });
}

function ignore(): void {}
