import { d1OrderStore } from "./d1-order-store.ts";
import type { OrderStore } from "./order-store.ts";

/**
 * The order store that the variable ORDER_STORE names.
 * @throws Error that says what to change when the variable names none.
 */
export function openOrderStore(env: Pick<Env, "DB" | "ORDER_STORE">): OrderStore {
  switch (env.ORDER_STORE) {
    case "d1":
      return d1OrderStore(env.DB);
    default:
      throw new Error(
        `ORDER_STORE is ${JSON.stringify(env.ORDER_STORE)}: set it to "d1" under [vars] in wrangler.toml.`,
      );
  }
}
