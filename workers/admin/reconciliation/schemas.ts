import { z } from "@hono/zod-openapi";
import { orderSchema, orderStateSchema, toWireOrder } from "../../order/schemas.ts";
import { toInstant } from "../../shared/instant.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import type { DifferenceKind, DifferenceOutcome } from "../../shared/reconciliation.ts";
import type { KeptDifference, Run } from "./runs.ts";

const amount = z.int().min(0);
const countsSchema = z.record(orderStateSchema, amount);

export const reconciliationSchema = z
  .object({
    run: z.string().openapi({ description: "Names the run, to go on with it" }),
    spikeId: z.string(),
    mode: z.enum(["compare", "repair"]),
    state: z.enum(["running", "done"]),
    startedBy: z.string().openapi({ description: "The admin's user id, or `cron`" }),
    startedAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    progress: z
      .object({ done: amount, total: amount })
      .openapi({ description: "Orders looked at, of both sides together" }),
    counts: z
      .object({ ledger: countsSchema, database: countsSchema })
      .openapi({ description: "Orders by state when the run started" }),
    found: z.object({
      missing: amount.openapi({ description: "In the ledger and no more in the database" }),
      extra: amount.openapi({ description: "In the database and not in the ledger" }),
      different: amount,
      onTheWay: amount.openapi({ description: "Not recorded yet; the ledger sees to it. No differences" }),
    }),
    fields: z
      .record(z.string(), amount)
      .openapi({ description: "How many of the different orders differ in each field" }),
    kept: amount.openapi({
      description: "Extra orders that a repair left, because a lost ledger may have sold them",
    }),
    refused: amount.openapi({ description: "Orders that the database does not take" }),
    matches: z.boolean().openapi({ description: "Whether no difference was found so far" }),
  })
  .openapi("Reconciliation");

const sideSchema = orderSchema.extend({ userId: z.string(), version: z.int(), state: z.string() });

export const differenceSchema = z
  .object({
    orderId: z.string(),
    kind: z.enum(["missing", "extra", "different"] satisfies DifferenceKind[]),
    fields: z.array(z.string()).openapi({ example: ["state", "amountMinor"] }),
    ledger: sideSchema.optional().openapi({ description: "Absent for an extra order" }),
    database: sideSchema.optional().openapi({ description: "Absent for a missing order" }),
    outcome: z.enum(["found", "repaired", "kept", "refused"] satisfies DifferenceOutcome[]),
    reason: z.string().optional().openapi({ description: "Why the database does not take it" }),
  })
  .openapi("OrderDifference");

/** How a run stands. */
export function toWireRun(run: Run): z.infer<typeof reconciliationSchema> {
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

export function toWireDifference(difference: KeptDifference): z.infer<typeof differenceSchema> {
  const { orderId, kind, fields, ledger, database, outcome, reason } = difference;
  return {
    ...{ orderId, kind, fields },
    ...(ledger && { ledger: toWireSide(ledger) }),
    ...(database && { database: toWireSide(database) }),
    outcome,
    ...(reason !== null && { reason }),
  };
}

function toWireSide(order: OrderSnapshot): z.infer<typeof sideSchema> {
  return { ...toWireOrder(order), userId: order.userId, version: order.version };
}
