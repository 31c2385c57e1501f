import { createRoute, z } from "@hono/zod-openapi";
import { cursorQuery } from "../edge/cursor.ts";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { orderListSchema, orderOnItsWaySchema, orderSchema, orderStateSchema } from "./schemas.ts";

/*
 * What shoppers may ask about their orders. Only schemas: the browser's code takes its types from here.
 */

// Any text is let through: an id that cannot be one is an order that does not exist.
const params = z.object({ id: z.string().openapi({ param: { name: "id", in: "path" } }) });
const common = { tags: ["Orders"], security: [{ bearer: [] }] };

export const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/orders",
  summary: "The caller's own orders, newest first",
  request: { query: cursorQuery.extend({ state: orderStateSchema.optional() }) },
  responses: {
    200: jsonContent(orderListSchema, "A page of orders; nextCursor is absent on the last"),
    ...refusals("invalid_request", "unauthenticated"),
  },
});

export const readRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/orders/{id}",
  summary: "One order of the caller's",
  request: { params },
  responses: {
    200: jsonContent(orderSchema, "The order"),
    202: jsonContent(orderOnItsWaySchema, "Reserved for good, and on its way to the database"),
    ...refusals("unauthenticated", "not_found", "overloaded"),
  },
});

export const paymentRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/orders/{id}/payment",
  summary: "Pay an order; again gives the same answer",
  request: { params },
  responses: {
    200: jsonContent(orderSchema, "The paid order"),
    ...refusals("unauthenticated", "not_found", "order_state", "overloaded"),
  },
});

export const cancellationRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/orders/{id}/cancellation",
  summary: "Give up a reservation; again gives the same answer",
  request: { params },
  responses: {
    200: jsonContent(orderSchema, "The cancelled order"),
    ...refusals("unauthenticated", "not_found", "order_state", "overloaded"),
  },
});
