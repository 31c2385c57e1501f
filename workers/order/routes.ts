import { createRoute } from "@hono/zod-openapi";
import { createApi } from "../edge/api.ts";
import { logPassage } from "../shared/follow.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { readingOwn, rememberOwnWrite } from "../edge/own-reads.ts";
import { noStore } from "../edge/no-store.ts";
import { cancelOrder } from "./cancel-order.ts";
import * as contract from "./contract.ts";
import { listOrders } from "./list-orders.ts";
import { openPaymentProvider } from "./payment/open-payment-provider.ts";
import { payOrder } from "./payment/pay-order.ts";
import { readOrder } from "./read-order.ts";
import { toWireOrder } from "./schemas.ts";

const listRoute = createRoute({ ...contract.listRoute, middleware: noStore() });
const readRoute = createRoute({ ...contract.readRoute, middleware: noStore() });
const paymentRoute = createRoute({ ...contract.paymentRoute, middleware: noStore() });
const cancellationRoute = createRoute({ ...contract.cancellationRoute, middleware: noStore() });
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
