import type { TransitionResult } from "../../durable-objects/spike-stock/messages.ts";
import { parseOrderId } from "../shared/ids.ts";
import type { OrderSnapshot, OrderState } from "../shared/order.ts";
import { Refusal } from "../shared/refusals.ts";
import { findSpike } from "../spike/catalogue.ts";
import { withOrderStore } from "./store/open-order-store.ts";

/** An order, and whose it has to be. */
export interface OrderRef {
  orderId: string;
  userId: string;
}

/**
 * The spike an order id belongs to, or null when its sale was deleted. Made-up ids end here: asking
 * a ledger would create a Durable Object for each of them.
 * @throws Refusal `not_found` for text that is no order id.
 */
export async function findSpikeIdOf(env: Env, orderId: string): Promise<string | null> {
  const parts = parseOrderId(orderId);
  if (parts === null) throw noSuchOrder();
  try {
    return (await findSpike(env, parts.spikeId)).id;
  } catch (error) {
    if (error instanceof Refusal && error.code === "not_found") return null;
    throw error;
  }
}

/**
 * Brings an order to the state `wanted` by `act`, unless its sale was deleted. The orders of a
 * deleted sale stay as they are: being in the wanted state is a yes there, anything else a no.
 * @throws Refusal `not_found` when there is no such order of this user; whatever `act` throws.
 */
export async function transition(
  env: Env,
  { orderId, userId }: OrderRef,
  wanted: OrderState,
  act: () => Promise<OrderSnapshot>,
): Promise<OrderSnapshot> {
  const spikeId = await findSpikeIdOf(env, orderId);
  if (spikeId !== null) return await act();
  const order = await withOrderStore(env, (store) => store.find(orderId, userId));
  if (order === null) throw noSuchOrder();
  if (order.state === wanted) return order;
  throw new Refusal("order_state", {
    orderId,
    detail: "The sale is closed for good; its orders no longer change.",
  });
}

/** The order after a transition. @throws Refusal when the ledger said no. */
export function orderOf(result: TransitionResult): OrderSnapshot {
  if (result.ok) return result.order;
  if (result.code === "not_found") throw noSuchOrder();
  throw new Refusal("order_state", { orderId: result.order.orderId, detail: result.detail });
}

export function noSuchOrder(): Refusal {
  return new Refusal("not_found", { detail: "There is no such order." });
}
