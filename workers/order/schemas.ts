import { z } from "@hono/zod-openapi";
import { nextCursorSchema } from "../edge/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import type { OrderSnapshot, OrderState } from "../shared/order.ts";

export const orderStateSchema = z.enum(["reserved", "paid", "cancelled", "expired"] satisfies OrderState[]);

export const orderSchema = z
  .object({
    id: z.string(),
    spikeId: z.string(),
    spikeTitle: z.string(),
    quantity: z.int().min(1),
    amountMinor: z.int().min(0).openapi({ description: "In minor units of the currency" }),
    currency: z.string().openapi({ description: "ISO 4217", example: "EUR" }),
    state: orderStateSchema,
    payBefore: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("Order");

/** An order that is safe in the ledger and on its way to the database. */
export const orderOnItsWaySchema = z
  .object({ orderId: z.string(), state: z.literal("reserved"), recorded: z.literal(false) })
  .openapi("OrderOnItsWay");

export const orderListSchema = z
  .object({ orders: z.array(orderSchema), ...nextCursorSchema })
  .openapi("OrderList");

export type WireOrder = z.infer<typeof orderSchema>;

/** An order as the API answers it: without whose it is and how often it changed. */
export function toWireOrder(order: OrderSnapshot): WireOrder {
  const { orderId, spikeId, spikeTitle, quantity, amountMinor, currency, state } = order;
  const times = {
    payBefore: toInstant(order.payBefore),
    createdAt: toInstant(order.createdAt),
    updatedAt: toInstant(order.updatedAt),
  };
  return { id: orderId, spikeId, spikeTitle, quantity, amountMinor, currency, state, ...times };
}
