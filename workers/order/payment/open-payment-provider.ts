import { builtinProvider } from "./builtin-provider.ts";
import type { PaymentProvider } from "./provider.ts";

/**
 * The payment provider that the variable PAYMENT_PROVIDER names.
 * @throws Error that says what to change when the configuration is wrong.
 */
export function openPaymentProvider(
  env: Pick<Env, "PAYMENT_PROVIDER" | "BUILTIN_PAYMENT_BEHAVIOUR">,
): PaymentProvider {
  switch (env.PAYMENT_PROVIDER) {
    case "builtin":
      return builtinProvider(env.BUILTIN_PAYMENT_BEHAVIOUR);
    default:
      throw new Error(
        `PAYMENT_PROVIDER is ${JSON.stringify(env.PAYMENT_PROVIDER)}: set it to "builtin" under [vars] in wrangler.toml.`,
      );
  }
}
