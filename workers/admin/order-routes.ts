import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { listOrders } from "../order/list-orders.ts";
import { orderSchema, orderStateSchema, toWireOrder } from "../order/schemas.ts";
import { openOrderStore } from "../order/store/open-order-store.ts";
import type { OrderFilter } from "../order/store/order-store.ts";
import { ADMIN_PAGE_SIZE, USER_ID_MAX_CHARS } from "../shared/limits.ts";
import { streamOrdersCsv } from "./orders-csv.ts";
import { NEEDS_ADMIN } from "./schemas.ts";
import { userIdOf } from "./users.ts";

const common = { tags: ["Admin: orders"], security: [{ bearer: [] }] };

const filterQuery = z.object({
  spikeId: z.string().max(USER_ID_MAX_CHARS).optional(),
  state: orderStateSchema.optional(),
  user: z.string().max(USER_ID_MAX_CHARS).optional().openapi({ description: "The id or the name of a user" }),
});

const adminOrderSchema = orderSchema.extend({ userId: z.string() }).openapi("AdminOrder");

const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/orders",
  summary: "Recorded orders of everyone, the newest first",
  request: { query: filterQuery.extend(cursorQuery.shape) },
  responses: {
    200: jsonContent(
      z.object({ orders: z.array(adminOrderSchema), ...nextCursorSchema }),
      "A page of orders",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

const exportRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/orders.csv",
  summary: "The same orders, all of them, as CSV",
  request: { query: filterQuery },
  responses: {
    200: { description: "A stream of lines", content: { "text/csv": { schema: z.string() } } },
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

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

async function toFilter(env: Env, { user, ...rest }: z.infer<typeof filterQuery>): Promise<OrderFilter> {
  return { ...rest, userId: user === undefined ? undefined : await userIdOf(env, user) };
}
