/** An order may be tried again after a charge was declined or refunded; each try has its own number. */
export interface PaymentAttempt {
  orderId: string;
  attempt: number;
}

/** What to charge. Order and attempt together make a repeat harmless: they are the key of idempotency. */
export interface Charge extends PaymentAttempt {
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
 * repeat: an attempt has at most one charge, and one answer, however often and however parallel it is
 * asked for. Rejections of any method mean that the outcome is not known.
 */
export interface PaymentProvider {
  /** Charges the order, or gives the answer this attempt has had, also when it was refunded since. */
  charge(charge: Charge): Promise<ChargeResult>;
  /** Returns the whole amount. A payment that was refunded stays refunded. */
  refund(paymentId: string): Promise<void>;
  /** The attempt's payment; null when nothing was charged. */
  find(attempt: PaymentAttempt): Promise<Payment | null>;
}

/** Longest wait for a provider's answer, in milliseconds. After that the outcome is found out later. */
export const PROVIDER_TIMEOUT_MS = 45_000;
