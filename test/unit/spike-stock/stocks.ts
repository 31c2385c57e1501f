import type { Stock } from "../../../durable-objects/spike-stock/stock.ts";

/** A stock of which nothing is sold yet. */
export function stockOf(units: number): Stock {
  return {
    ...{ total: units, available: units, held: 0, sold: 0, returned: 0, scheduled: 0 },
    ...{
      reserved: 0,
      paid: 0,
      cancelled: 0,
      expired: 0,
      paused: false,
      lastSequence: 0,
      halted: false,
      switchVersion: 0,
      closedUntil: 0,
    },
  };
}
