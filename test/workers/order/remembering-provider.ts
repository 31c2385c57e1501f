import type {
  Charge,
  Payment,
  PaymentAttempt,
  PaymentProvider,
} from "../../../workers/order/payment/provider.ts";

/** A provider that keeps books, so that tests can see what was charged and what was kept. */
export interface RememberingProvider extends PaymentProvider {
  charges: Charge[];
  /** By payment id. */
  payments: Map<string, Payment>;
  /** Payments that were neither refunded nor declined. */
  kept: () => string[];
}

/** @param changes replaces methods of it. */
export function rememberingProvider(changes: Partial<PaymentProvider> = {}): RememberingProvider {
  const charges: Charge[] = [];
  const payments = new Map<string, Payment>();
  const idOf = ({ orderId, attempt }: PaymentAttempt) => `pay-${orderId}-${attempt}`;
  return {
    charges,
    payments,
    kept: () =>
      [...payments.values()].flatMap(({ paymentId, state }) => (state === "charged" ? [paymentId] : [])),
    async charge(charge) {
      charges.push(charge);
      const paymentId = idOf(charge);
      if (!payments.has(paymentId)) payments.set(paymentId, { paymentId, state: "charged" });
      return { outcome: "approved", paymentId };
    },
    async refund(paymentId) {
      if (payments.has(paymentId)) payments.set(paymentId, { paymentId, state: "refunded" });
    },
    async find(attempt) {
      return payments.get(idOf(attempt)) ?? null;
    },
    ...changes,
  };
}

/** The provider, with `meanwhile` done after each charge and before its answer arrives. */
export function whileCharging(
  provider: RememberingProvider,
  meanwhile: () => Promise<unknown>,
): RememberingProvider {
  return {
    ...provider,
    async charge(charge) {
      const result = await provider.charge(charge);
      await meanwhile();
      return result;
    },
  };
}
