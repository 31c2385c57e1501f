import type { OrderSnapshot } from "../shared/order.ts";
import { takeStep } from "./order-steps.ts";
import { orderOf, type OrderRef, transition } from "./transition.ts";

/**
 * Gives up a reservation of the user's; its stock is for sale again at once. One that is cancelled
 * already is answered as it is.
 * @throws Refusal `not_found`, or `order_state` when the order is paid or has expired.
 */
export function cancelOrder(env: Env, ref: OrderRef): Promise<OrderSnapshot> {
  return transition(env, ref, "cancelled", async () =>
    orderOf(await takeStep(env, { do: "cancel", orderId: ref.orderId, userId: ref.userId })),
  );
}
