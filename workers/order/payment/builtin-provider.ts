import { parseBehaviour } from "./builtin-behaviour.ts";
import type { PaymentAttempt, PaymentProvider } from "./provider.ts";

/**
 * A provider for demonstrations and tests: it moves no money and keeps nothing, so its answers
 * follow from the attempt alone and a repeat gets the same one. While it approves, every attempt
 * counts as charged, because it is only asked about attempts that were begun.
 * @param behaviour `approve`, `decline` or `late:<milliseconds>`, which approves after a while.
 * @throws Error that says what to change when the behaviour is none of these.
 */
export function builtinProvider(behaviour: string): PaymentProvider {
  const { approves, afterMs } = parseBehaviour(behaviour);
  const paymentIdOf = ({ orderId, attempt }: PaymentAttempt) => `builtin-${orderId}-${attempt}`;
  return {
    async charge(charge) {
      if (!approves) return { outcome: "declined", reason: "the built-in provider is set to decline" };
      if (afterMs > 0) await scheduler.wait(afterMs);
      return { outcome: "approved", paymentId: paymentIdOf(charge) };
    },
    async refund() {},
    async find(attempt) {
      return approves ? { paymentId: paymentIdOf(attempt), state: "charged" } : null;
    },
  };
}
