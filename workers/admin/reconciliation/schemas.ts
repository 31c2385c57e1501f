import { z } from "@hono/zod-openapi";
import { orderSchema, orderStateSchema } from "../../order/schemas.ts";
import type { DifferenceKind, DifferenceOutcome } from "../../shared/reconciliation.ts";

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

export type WireRun = z.infer<typeof reconciliationSchema>;
export type WireDifference = z.infer<typeof differenceSchema>;
export type WireSide = z.infer<typeof sideSchema>;
