import { type OrderDatabase, toAdminOrder } from "./order-database.ts";

/** The D1 of a server of our own, seen through the door that was put before it. */
export function d1Database(doorUrl: string): OrderDatabase {
  const ask = async (method: string, path: string): Promise<Response> => {
    const response = await fetch(doorUrl + path, { method });
    if (!response.ok) throw new Error(`the door of the database answered ${response.status} to ${path}`);
    return response;
  };
  return {
    async orders(spikeId) {
      const rows = await (await ask("GET", `/orders?spike=${spikeId}`)).json();
      return (rows as Record<string, unknown>[]).map(toAdminOrder);
    },
    async recorded(spikeId) {
      const { orders } = (await (await ask("GET", `/recorded?spike=${spikeId}`)).json()) as {
        orders: number;
      };
      return orders;
    },
    async leave() {
      await ask("PUT", "/shut");
    },
    async comeBack() {
      await ask("PUT", "/open");
    },
    close: () => Promise.resolve(),
  };
}
