import { d1OrderStore } from "./d1-order-store.ts";
import { mysqlOrderStore } from "./mysql-order-store.ts";
import type { OrderStore } from "./order-store.ts";

/**
 * The order store that the variable ORDER_STORE names, for who closes it.
 * @throws Error that says what to change when the variable names none, or its binding is missing.
 */
export function openOrderStore(env: Pick<Env, "DB" | "ORDER_STORE" | "HYPERDRIVE">): OrderStore {
  switch (env.ORDER_STORE) {
    case "d1":
      return d1OrderStore(env.DB);
    case "mysql":
      if (env.HYPERDRIVE) return mysqlOrderStore(env.HYPERDRIVE);
      throw new Error(
        'ORDER_STORE is "mysql", but no [[hyperdrive]] in wrangler.toml has the binding "HYPERDRIVE".',
      );
    default:
      throw new Error(
        `ORDER_STORE is ${JSON.stringify(env.ORDER_STORE)}: set it to "d1" or "mysql" under [vars] in wrangler.toml.`,
      );
  }
}

/** Opens the order store for as long as `use` takes: one connection at most, closed after. */
export async function withOrderStore<T>(
  env: Parameters<typeof openOrderStore>[0],
  use: (store: OrderStore) => Promise<T>,
): Promise<T> {
  const store = openOrderStore(env);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
