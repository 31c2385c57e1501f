import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { logPassage } from "../shared/follow.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { readingOwn, rememberOwnWrite } from "../edge/own-reads.ts";
import { cursorQuery } from "../edge/cursor.ts";
import { noStore } from "../edge/no-store.ts";
import { cancelOrder } from "./cancel-order.ts";
import { listOrders } from "./list-orders.ts";
import { openPaymentProvider } from "./payment/open-payment-provider.ts";
import { payOrder } from "./payment/pay-order.ts";
import { readOrder } from "./read-order.ts";
import {
  orderListSchema,
  orderOnItsWaySchema,
  orderSchema,
  orderStateSchema,
  toWireOrder,
} from "./schemas.ts";

// Any text is let through: an id that cannot be one is an order that does not exist.
const params = z.object({ id: z.string().openapi({ param: { name: "id", in: "path" } }) });
const common = { tags: ["Orders"], security: [{ bearer: [] }], middleware: noStore() };

const listRoute = createRoute({
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

const readRoute = createRoute({
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

const paymentRoute = createRoute({
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

const cancellationRoute = createRoute({
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

export const orderRoutes = createApi();

orderRoutes.openapi(listRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { state, cursor } = c.req.valid("query");
  const { orders, ...rest } = await readingOwn(c, (env) => listOrders(env, { userId, state }, cursor));
  return c.json({ orders: orders.map(toWireOrder), ...rest }, 200);
});

orderRoutes.openapi(readRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { order, recorded } = await readOrder(c.env, { orderId: c.req.valid("param").id, userId });
  // Only a fresh reservation has nothing more to say; an order that went on is answered as it stands.
  if (!recorded && order.state === "reserved") {
    return c.json({ orderId: order.orderId, state: order.state, recorded: false as const }, 202);
  }
  return c.json(toWireOrder(order), 200);
});

orderRoutes.openapi(paymentRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const provider = openPaymentProvider(c.env);
  const ref = { orderId: c.req.valid("param").id, userId, requestId: c.get("requestId") };
  const order = await payOrder(c.env, provider, ref);
  logPassage("worker_paid", { spikeId: order.spikeId }, [ref]);
  rememberOwnWrite(c);
  return c.json(toWireOrder(order), 200);
});

orderRoutes.openapi(cancellationRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const ref = { orderId: c.req.valid("param").id, userId, requestId: c.get("requestId") };
  const order = await cancelOrder(c.env, ref);
  logPassage("worker_cancelled", { spikeId: order.spikeId }, [ref]);
  rememberOwnWrite(c);
  return c.json(toWireOrder(order), 200);
});
