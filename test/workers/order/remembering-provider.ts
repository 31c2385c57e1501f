import type { Charge, Payment, PaymentProvider } from "../../../workers/order/payment/provider.ts";

/** A provider that keeps books, so that tests can see what was charged and what was kept. */
export interface RememberingProvider extends PaymentProvider {
  charges: Charge[];
  payments: Map<string, Payment[]>;
  /** Payments that were neither refunded nor declined. */
  kept: () => string[];
}

/** @param changes replaces methods of it. */
export function rememberingProvider(changes: Partial<PaymentProvider> = {}): RememberingProvider {
  const charges: Charge[] = [];
  const payments = new Map<string, Payment[]>();
  const paymentsOf = (orderId: string) => payments.get(orderId) ?? [];
  return {
    charges,
    payments,
    kept: () =>
      [...payments.values()]
        .flat()
        .flatMap(({ paymentId, state }) => (state === "charged" ? [paymentId] : [])),
    async charge(charge) {
      charges.push(charge);
      const known = paymentsOf(charge.orderId);
      const standing = known.find(({ state }) => state === "charged");
      if (standing) return { outcome: "approved", paymentId: standing.paymentId };
      const paymentId = `pay-${charge.orderId}-${known.length + 1}`;
      payments.set(charge.orderId, [...known, { paymentId, state: "charged" }]);
      return { outcome: "approved", paymentId };
    },
    async refund(paymentId) {
      for (const payment of [...payments.values()].flat()) {
        if (payment.paymentId === paymentId) payment.state = "refunded";
      }
    },
    async find(orderId) {
      return paymentsOf(orderId).at(-1) ?? null;
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
