import { toInstant } from "../shared/instant.ts";
import { type Phase, phaseAt } from "../shared/spike.ts";
import type { Sale } from "./catalogue.ts";
import type { WireSpike } from "./schemas.ts";

/** The order in which a shopper wants to see sales. */
const PHASE_ORDER: Phase[] = ["open", "paused", "sold_out", "upcoming", "ended"];

/** A sale as the API answers it at `now`, epoch milliseconds. */
export function toWireSpike({ spike, stock }: Sale, now: number): WireSpike {
  const { id, title, description, imageUrl, priceMinor, originalPriceMinor, currency } = spike;
  return {
    id,
    title,
    description,
    ...(imageUrl !== null && { imageUrl }),
    priceMinor,
    ...(originalPriceMinor !== null && { originalPriceMinor }),
    currency,
    stock: stock.total,
    maxPerUser: spike.maxPerUser,
    startsAt: toInstant(spike.startsAt),
    endsAt: toInstant(spike.endsAt),
    holdSeconds: spike.holdSeconds,
    phase: phaseAt(now, spike, stock),
    remaining: stock.available,
    ...toWireNextWave({ spike, stock }),
    accessRules: spike.accessRules,
    serverTime: toInstant(now),
  };
}

/** What is left of a sale at `now`, epoch milliseconds. */
export function toWireStock({ spike, stock }: Sale, now: number) {
  return {
    remaining: stock.available,
    phase: phaseAt(now, spike, stock),
    ...toWireNextWave({ spike, stock }),
    serverTime: toInstant(now),
  };
}

/** A wave after the end of the sale is none for a shopper. */
function toWireNextWave({ spike, stock: { nextWave } }: Sale) {
  if (!nextWave || nextWave.at >= spike.endsAt) return {};
  return { nextWave: { at: toInstant(nextWave.at), quantity: nextWave.quantity } };
}

/** Running sales first, then the next to start, then the latest to end. */
export function sortForShoppers(sales: readonly Sale[], now: number): Sale[] {
  const rank = ({ spike, stock }: Sale) => PHASE_ORDER.indexOf(phaseAt(now, spike, stock));
  return sales.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (now < a.spike.startsAt ? a.spike.startsAt - b.spike.startsAt : b.spike.endsAt - a.spike.endsAt) ||
      a.spike.id.localeCompare(b.spike.id),
  );
}

/**
 * Names a sale's state: two answers with the same name differ in nothing but their clock. The clock
 * must not count, or no answer would ever match; who needs it reads the `Date` header of a 304.
 */
export function stateName({ spike, stock }: Sale, now: number): string {
  const { id, version } = spike;
  return [id, version, stock.total, ...stockState({ spike, stock }, now)].join("-");
}

/** Names what is left and what is to come. */
export function stockStateName(sale: Sale, now: number): string {
  return stockState(sale, now).join("-");
}

function stockState({ spike, stock }: Sale, now: number) {
  const { available, nextWave } = stock;
  return [available, phaseAt(now, spike, stock), nextWave?.at, nextWave?.quantity];
}
