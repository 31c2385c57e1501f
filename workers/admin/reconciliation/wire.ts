import { toWireOrder } from "../../order/schemas.ts";
import { toInstant } from "../../shared/instant.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import type { KeptDifference, Run } from "./runs.ts";
import type { WireDifference, WireRun, WireSide } from "./schemas.ts";

/** How a run stands. */
export function toWireRun(run: Run): WireRun {
  const { spikeId, mode, startedBy, tally } = run;
  const { ledger, database, missing, extra, different, onTheWay, fields, kept, refused } = tally;
  const total = [...Object.values(ledger), ...Object.values(database)].reduce(
    (sum, orders) => sum + orders,
    0,
  );
  const looked = tally.compared + tally.searched;
  const isDone = run.finishedAt !== null;
  return {
    ...{ run: run.id, spikeId, mode, state: isDone ? "done" : "running", startedBy },
    ...{ startedAt: toInstant(run.startedAt), updatedAt: toInstant(run.updatedAt) },
    ...(run.finishedAt !== null && { finishedAt: toInstant(run.finishedAt) }),
    // More may have been sold since the run started, and an end is an end.
    progress: isDone ? { done: looked, total: looked } : { done: looked, total: Math.max(looked, total) },
    counts: { ledger, database },
    found: { missing, extra, different, onTheWay },
    fields: fields as Record<string, number>,
    ...{ kept, refused, matches: missing + extra + different === 0 },
  };
}

export function toWireDifference(difference: KeptDifference): WireDifference {
  const { orderId, kind, fields, ledger, database, outcome, reason } = difference;
  return {
    ...{ orderId, kind, fields },
    ...(ledger && { ledger: toWireSide(ledger) }),
    ...(database && { database: toWireSide(database) }),
    outcome,
    ...(reason !== null && { reason }),
  };
}

function toWireSide(order: OrderSnapshot): WireSide {
  return { ...toWireOrder(order), userId: order.userId, version: order.version };
}
