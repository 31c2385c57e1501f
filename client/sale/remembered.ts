import { parseOrderId } from "../../workers/shared/ids.ts";
import { knownSession } from "../shared/session.ts";
import { recall } from "../shared/storage.ts";
import type { Intent } from "./attempt.ts";

/** What of a purchase survives a reload or a closed tab. */
export interface Remembered {
  userId: string;
  /** By this machine's clock, epoch milliseconds. */
  at: number;
  intent?: Intent;
  /** Stopped by the shopper or given up: only he may go on with it. */
  isSetAside?: boolean;
  order?: { orderId: string; payBefore?: number | undefined };
}

/** Where it is kept. */
export const placeOf = (spikeId: string): string => `sale.${spikeId}`;

/** What is kept of whoever is logged in now. */
export function rememberedOf(spikeId: string): Remembered | undefined {
  const left = recall<Remembered>(placeOf(spikeId));
  const userId = knownSession()?.userId;
  if (userId === undefined || left?.userId !== userId) return undefined;
  // Anything may stand there: extensions and people write to it as well.
  const { intent, order } = left;
  const isWhole = intent ? isIntent(intent) : typeof order?.orderId === "string";
  return isWhole ? left : undefined;
}

const isIntent = ({ key, quantity }: Partial<Intent>): boolean =>
  typeof key === "string" && Number.isInteger(quantity);

/** Until when an order has to be paid, as this browser heard it when it was reserved. Epoch milliseconds. */
export function rememberedPayBefore(orderId: string): number | undefined {
  const order = rememberedOf(parseOrderId(orderId)?.spikeId ?? "")?.order;
  return order?.orderId === orderId ? order.payBefore : undefined;
}
