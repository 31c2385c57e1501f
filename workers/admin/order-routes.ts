import { createApi } from "../edge/api.ts";
import { listOrders } from "../order/list-orders.ts";
import { toWireOrder } from "../order/schemas.ts";
import { openOrderStore } from "../order/store/open-order-store.ts";
import type { OrderFilter } from "../order/store/order-store.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { streamOrdersCsv } from "./orders-csv.ts";
import { userIdOf } from "./users.ts";
import { exportRoute, listRoute, type OrderQuery } from "./order-contract.ts";

export const adminOrderRoutes = createApi();

adminOrderRoutes.openapi(listRoute, async (c) => {
  const { cursor, ...query } = c.req.valid("query");
  const filter = await toFilter(c.env, query);
  const { orders, ...next } = await listOrders(c.env, filter, cursor, ADMIN_PAGE_SIZE);
  return c.json(
    { orders: orders.map((order) => ({ ...toWireOrder(order), userId: order.userId })), ...next },
    200,
  );
});

adminOrderRoutes.openapi(exportRoute, async (c) => {
  const csv = streamOrdersCsv(openOrderStore(c.env), await toFilter(c.env, c.req.valid("query")));
  return c.body(csv, 200, {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": 'attachment; filename="orders.csv"',
  });
});

async function toFilter(env: Env, { user, ...rest }: OrderQuery): Promise<OrderFilter> {
  return { ...rest, userId: user === undefined ? undefined : await userIdOf(env, user) };
}
