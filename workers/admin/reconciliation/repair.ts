import { recordOrders } from "../../order/queue/record-orders.ts";
import { withOrderStore } from "../../order/store/open-order-store.ts";
import type { OrderStore } from "../../order/store/order-store.ts";
import { withLedgerOfOrder } from "../../platform/ledger.ts";
import { parseOrderId } from "../../shared/ids.ts";
import type { OrderSnapshot, RecordedOrder } from "../../shared/order.ts";
import type { Difference } from "./compare.ts";
import { findInLedgers } from "./pages.ts";

/** What a repair did not do, with the reason; all other differences of the page are gone. */
export interface RepairOutcome {
  /** Extra orders left where they are. */
  kept: string[];
  /** Orders the database does not take, with its reason. */
  refused: Map<string, string>;
}

/**
 * Makes the database say what the ledger says about these orders, `removesUnproven` also about extra ones
 * that a lost ledger may have sold. Safe to repeat, and while the sale runs: a wrong row is replaced only
 * as it was found, and after that the ledger is asked once more, because an event that came while the
 * wrong row stood there may have bounced off it.
 */
export function repairDifferences(
  env: Env,
  spikeId: string,
  differences: readonly Difference[],
  removesUnproven: boolean,
): Promise<RepairOutcome> {
  return withOrderStore(env, (store) => repairIn(store, env, spikeId, differences, removesUnproven));
}

async function repairIn(
  store: OrderStore,
  env: Env,
  spikeId: string,
  differences: readonly Difference[],
  removesUnproven: boolean,
): Promise<RepairOutcome> {
  const kept = differences.filter(({ unproven }) => unproven && !removesUnproven);
  const extra = differences.filter(
    ({ kind, unproven }) => kind === "extra" && (!unproven || removesUnproven),
  );
  await removeExtra(env, store, extra);
  const right = differences.flatMap(({ ledger }) => ledger ?? []);
  const wrong = new Map(
    differences
      .flatMap(({ ledger, database }) => (ledger && database ? [database] : []))
      .map((row) => [row.orderId, versionOf(row)]),
  );
  const { recorded, refused, failure } = await recordOrders(
    {
      upsert: (orders) =>
        store.replace(
          orders.flatMap(({ orderId }) => wrong.get(orderId) ?? []),
          orders,
        ),
    },
    right,
  );
  await catchUp(env, store, spikeId, recorded);
  if (failure !== null) throw new Error("the database failed in mid-repair", { cause: failure });
  return { kept: kept.map(({ orderId }) => orderId), refused };
}

/** What changed in the ledgers while the rows were being put right. */
async function catchUp(
  env: Env,
  store: OrderStore,
  spikeId: string,
  recorded: OrderSnapshot[],
): Promise<void> {
  const found = await findInLedgers(
    env,
    spikeId,
    recorded.map(({ orderId }) => orderId),
  );
  const newer = recorded.flatMap(({ version }, at) => {
    const order = found[at]?.order;
    return order && order.version > version ? [order] : [];
  });
  if (newer.length > 0) await store.upsert(newer);
  const byLedger = Map.groupBy([...recorded, ...newer], ({ orderId }) => parseOrderId(orderId)?.stripe);
  for (const orders of byLedger.values()) {
    const [first] = orders;
    const confirmed = orders.map(versionOf);
    if (first) await withLedgerOfOrder(env, first.orderId, (ledger) => ledger.recorded(confirmed));
  }
}

/** Removes orders this sale never sold. One that another sale sold goes back to that one. */
async function removeExtra(env: Env, store: OrderStore, extra: readonly Difference[]): Promise<void> {
  const rows = extra.flatMap(({ database }) => database ?? []);
  const bySeller = Map.groupBy(rows, ({ orderId }) => parseOrderId(orderId)?.spikeId);
  for (const [seller, orders] of bySeller) {
    const ids = orders.map(({ orderId }) => orderId);
    const found = seller === undefined ? [] : await findInLedgers(env, seller, ids);
    await store.replace(
      orders.map(versionOf),
      found.flatMap(({ order }) => order ?? []),
    );
  }
}

function versionOf({ orderId, version }: OrderSnapshot): RecordedOrder {
  return { orderId, version };
}
