/** What to charge. `orderId` makes a repeat harmless. */
export interface Charge {
  orderId: string;
  amountMinor: number;
  currency: string;
  /** Follows the purchase through logs, also at the provider. */
  requestId: string;
}

type ChargeResult = { outcome: "approved"; paymentId: string } | { outcome: "declined"; reason: string };

/** A payment as the provider remembers it. */
export interface Payment {
  paymentId: string;
  state: "charged" | "refunded";
}

/**
 * Takes and returns money. One adapter per provider, next to this file. Every call is safe to
 * repeat: an order has at most one charge that is not refunded, however often and however parallel
 * it is asked for. Rejections of any method mean that the outcome is not known.
 */
export interface PaymentProvider {
  /** Charges the order, or gives the charge it has. */
  charge(charge: Charge): Promise<ChargeResult>;
  /** Returns the whole amount. A payment that was refunded stays refunded. */
  refund(paymentId: string): Promise<void>;
  /** The order's latest payment; null when nothing was ever charged. */
  find(orderId: string): Promise<Payment | null>;
}

/** Longest wait for a provider's answer, in milliseconds. After that the outcome is found out later. */
export const PROVIDER_TIMEOUT_MS = 45_000;
