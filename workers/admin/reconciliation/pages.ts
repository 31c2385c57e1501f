import type { FoundOrders } from "../../../durable-objects/spike-stock/messages.ts";
import { withOrderStore } from "../../order/store/open-order-store.ts";
import { withLedgerAt } from "../../platform/ledger.ts";
import type { Position } from "../../shared/cursor.ts";
import { type LedgerRef, parseOrderId } from "../../shared/ids.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import { type Difference, extraOrder, judge, type Sides } from "./compare.ts";

/** Orders compared at a time: some hundred KB in memory, three calls. */
export const RECONCILIATION_PAGE_ORDERS = 500;

/** What one page of orders showed. */
export interface ComparedPage<Next> {
  orders: number;
  differences: Difference[];
  onTheWay: number;
  /** Where the next page begins; null at the end. */
  next: Next | null;
}

/** An order that was looked for in the ledgers of its sale. */
interface Found {
  order: OrderSnapshot | null;
  /** It is in none, but a life of its ledger that was lost may have sold it. */
  unproven: boolean;
}

/** Holds the orders of a ledger after this sequence against the database: what is missing, what is different. */
export async function compareLedgerPage(
  env: Env,
  of: LedgerRef,
  after: number,
): Promise<ComparedPage<number>> {
  const { orders, recordedVersions, next } = await withLedgerAt(env, of, (ledger) =>
    ledger.orders(after, RECONCILIATION_PAGE_ORDERS),
  );
  const ids = orders.map(({ orderId }) => orderId);
  const rows = await withOrderStore(env, (store) => store.findMany(ids));
  const byId = new Map(rows.map((row) => [row.orderId, row]));
  const sides = orders.map((ledger, at) => ({
    ledger,
    database: byId.get(ledger.orderId),
    recordedVersion: recordedVersions?.[at] ?? 0,
  }));
  return { orders: orders.length, next, ...(await askAgain(env, of.spikeId, sides)) };
}

/** An order that does not agree may have changed between the two reads, so the ledger is asked once more, last. */
async function askAgain(env: Env, spikeId: string, sides: Sides[]) {
  const suspects = sides.filter((side) => judge(side) !== null);
  const found = await findInLedgers(
    env,
    spikeId,
    suspects.map(({ ledger }) => ledger.orderId),
  );
  const verdicts = suspects.map((side, at) => judge({ ...side, ledger: found[at]?.order ?? side.ledger }));
  return {
    differences: verdicts.filter((verdict) => verdict !== null && verdict !== "on_the_way"),
    onTheWay: verdicts.filter((verdict) => verdict === "on_the_way").length,
  };
}

/** Looks for the orders of the database that are older than `before` in the ledgers: what is extra. */
export async function searchDatabasePage(
  env: Env,
  spikeId: string,
  before: Position | null,
): Promise<ComparedPage<Position>> {
  const { orders, next } = await withOrderStore(env, (store) =>
    store.page({ spikeId }, before, RECONCILIATION_PAGE_ORDERS),
  );
  const found = await findInLedgers(
    env,
    spikeId,
    orders.map(({ orderId }) => orderId),
  );
  const differences = orders.flatMap((order, at) =>
    found[at]?.order ? [] : [extraOrder(order, found[at]?.unproven ?? false)],
  );
  return { orders: orders.length, differences, onTheWay: 0, next };
}

/** Orders as the ledgers of a sale have them now, in the order of the ids. Asks only the ledgers concerned. */
export async function findInLedgers(
  env: Env,
  spikeId: string,
  orderIds: readonly string[],
): Promise<Found[]> {
  const found = new Map<string, Found>();
  const asked = orderIds.flatMap((orderId) => {
    const parts = parseOrderId(orderId);
    return parts?.spikeId === spikeId ? [{ orderId, ...parts }] : [];
  });
  for (const [stripe, orders] of Map.groupBy(asked, (order) => order.stripe)) {
    const ids = orders.map(({ orderId }) => orderId);
    const reply = await withLedgerAt(env, { spikeId, stripe }, (ledger) => ledger.find(ids));
    for (const [at, { orderId, sequence }] of orders.entries()) {
      const order = reply.orders[at] ?? null;
      found.set(orderId, { order, unproven: order === null && isUnproven(sequence, reply) });
    }
  }
  return orderIds.map((orderId) => found.get(orderId) ?? { order: null, unproven: false });
}

function isUnproven(sequence: number, { knownAfter, knownThrough }: FoundOrders): boolean {
  return sequence <= knownAfter || sequence > knownThrough;
}
