import type { LedgerView, StockStatus, Transfers } from "./spike.ts";

/*
 * A sale that is split over several ledgers, seen as one. Each of the lists holds what every ledger of the sale
 * said, in the order of the stripes; with one ledger the whole is what it said.
 *
 * Units move between the ledgers while they are read one after the other. Both ends of each way count what has
 * gone along it since the beginning, so what left the one and is not in the other yet is the difference, and the
 * whole adds up whenever each was read: it counts as available, since it is on its way to where it can be
 * sold. A difference below zero means that a ledger was read before it gave what another had taken when
 * it was read: such a reading is torn, and counts those units twice.
 */

/**
 * The stock of the whole sale; null stands for a ledger that cannot be heard. Waves are the business of the
 * ledger that leads.
 */
export function poolStatuses(said: readonly (StockStatus | null)[]): StockStatus {
  const statuses = said.filter((status) => status !== null);
  const [lead] = statuses;
  if (!lead) throw new RangeError("no ledger has said anything");
  if (said.length === 1) return lead;
  const { transfers: _transfers, ...rest } = lead;
  const { inTransit } = transitOf(said);
  return {
    ...rest,
    available: sum(statuses, ({ available }) => available) + inTransit,
    total: sum(statuses, ({ total }) => total) + inTransit,
    paused: statuses.some(({ paused }) => paused),
    // A ledger that is behind, or gone, speaks for the sale: it must be brought up to date, or the sale is gone.
    configVersion: Math.min(...statuses.map(({ configVersion }) => configVersion)),
  };
}

/** Where the units of the whole sale are. */
export function poolViews(views: readonly LedgerView[]): LedgerView {
  const [lead] = views;
  if (!lead) throw new RangeError("no ledger has said anything");
  if (views.length === 1) return lead;
  const { inTransit } = transitOf(views);
  const unrecordedSince = views.flatMap(({ oldestUnrecordedAt }) => oldestUnrecordedAt ?? []);
  return {
    total: sum(views, ({ total }) => total) + inTransit,
    available: sum(views, ({ available }) => available) + inTransit,
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

/** How often a torn reading is made again: units move seldom, and a reading takes milliseconds. */
const READINGS_MAX = 5;

/** Reads all ledgers of a sale, again while the reading is torn, and sees them as one. */
export async function readWhole<Said extends Reading, Whole>(
  read: () => Promise<Said[]>,
  pool: (said: readonly Said[]) => Whole,
): Promise<Whole> {
  for (let reading = 1; ; reading++) {
    const said = await read();
    if (reading === READINGS_MAX || !isTorn(said)) return pool(said);
  }
}

/** Whether these readings count some units twice. */
export function isTorn(readings: readonly Reading[]): boolean {
  return transitOf(readings).isTorn;
}

/** What one ledger said, null when it could not be heard. */
type Reading = { transfers?: Transfers } | null;

/** The units that have left one ledger and are not in another yet, as far as both ends were heard. */
function transitOf(readings: readonly Reading[]): { inTransit: number; isTorn: boolean } {
  let [inTransit, isTorn] = [0, false];
  readings.forEach((from, giver) =>
    readings.forEach((to, taker) => {
      if (!from || !to) return;
      const units = (from.transfers?.given[taker] ?? 0) - (to.transfers?.taken[giver] ?? 0);
      if (units < 0) isTorn = true;
      else inTransit += units;
    }),
  );
  return { inTransit, isTorn };
}

function sum<T>(items: readonly T[], unitsOf: (item: T) => number): number {
  return items.reduce((units, item) => units + unitsOf(item), 0);
}
