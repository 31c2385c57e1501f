import type { LedgerView, StockStatus } from "./spike.ts";

/*
 * A sale that is split over several ledgers, seen as one. Each of the lists holds what every ledger of the sale
 * said, in the order of the stripes; with one ledger the whole is what it said.
 */

/** The stock of the whole sale. Waves are the business of the ledger that leads. */
export function poolStatuses(statuses: readonly StockStatus[]): StockStatus {
  const lead = statuses[0];
  if (!lead) throw new RangeError("a sale has at least one ledger");
  return {
    ...lead,
    available: sum(statuses, ({ available }) => available),
    total: sum(statuses, ({ total }) => total),
    paused: statuses.some(({ paused }) => paused),
    // A ledger that is behind, or gone, speaks for the sale: it must be brought up to date, or the sale is gone.
    configVersion: Math.min(...statuses.map(({ configVersion }) => configVersion)),
  };
}

/** Where the units of the whole sale are. */
export function poolViews(views: readonly LedgerView[]): LedgerView {
  const lead = views[0];
  if (!lead) throw new RangeError("a sale has at least one ledger");
  const unrecordedSince = views.flatMap(({ oldestUnrecordedAt }) => oldestUnrecordedAt ?? []);
  return {
    total: sum(views, ({ total }) => total),
    available: sum(views, ({ available }) => available),
    held: sum(views, ({ held }) => held),
    sold: sum(views, ({ sold }) => sold),
    returned: sum(views, ({ returned }) => returned),
    scheduled: sum(views, ({ scheduled }) => scheduled),
    orders: {
      reserved: sum(views, ({ orders }) => orders.reserved),
      paid: sum(views, ({ orders }) => orders.paid),
      cancelled: sum(views, ({ orders }) => orders.cancelled),
      expired: sum(views, ({ orders }) => orders.expired),
    },
    unrecorded: sum(views, ({ unrecorded }) => unrecorded),
    ...(unrecordedSince.length > 0 && { oldestUnrecordedAt: Math.min(...unrecordedSince) }),
    paused: views.some(({ paused }) => paused),
  };
}

function sum<T>(items: readonly T[], unitsOf: (item: T) => number): number {
  return items.reduce((units, item) => units + unitsOf(item), 0);
}
