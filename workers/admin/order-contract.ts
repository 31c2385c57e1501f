import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { orderSchema, orderStateSchema } from "../order/schemas.ts";
import { USER_ID_MAX_CHARS } from "../shared/limits.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: orders"], security: [{ bearer: [] }] };

const filterQuery = z.object({
  spikeId: z.string().max(USER_ID_MAX_CHARS).optional(),
  state: orderStateSchema.optional(),
  user: z.string().max(USER_ID_MAX_CHARS).optional().openapi({ description: "The id or the name of a user" }),
});

export type OrderQuery = z.infer<typeof filterQuery>;

const adminOrderSchema = orderSchema.extend({ userId: z.string() }).openapi("AdminOrder");

export const listRoute = createRoute({
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

export const exportRoute = createRoute({
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
