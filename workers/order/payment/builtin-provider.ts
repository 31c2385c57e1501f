import type { PaymentAttempt, PaymentProvider } from "./provider.ts";

/** Longest lateness of the built-in provider in milliseconds: below PROVIDER_TIMEOUT_MS, so that it does answer. */
export const LATE_MAX_MS = 30_000;

/** How the built-in provider answers. */
type Behaviour = { approves: boolean; afterMs: number };

const LATE = /^late:(\d{1,9})$/;

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

function parseBehaviour(behaviour: string): Behaviour {
  if (behaviour === "approve") return { approves: true, afterMs: 0 };
  if (behaviour === "decline") return { approves: false, afterMs: 0 };
  const afterMs = Number(LATE.exec(behaviour)?.[1] ?? Number.NaN);
  if (afterMs <= LATE_MAX_MS) return { approves: true, afterMs };
  throw new Error(
    `BUILTIN_PAYMENT_BEHAVIOUR is ${JSON.stringify(behaviour)}: set it to "approve", "decline" or ` +
      `"late:<milliseconds>" with at most ${LATE_MAX_MS} under [vars] in wrangler.toml.`,
  );
}
