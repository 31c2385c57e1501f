import { createRoute, z } from "@hono/zod-openapi";
import type { LedgerCondition } from "../../../durable-objects/spike-stock/messages.ts";
import { jsonContent, refusals } from "../../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../../edge/cursor.ts";
import { STOCK_MAX, USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import { spikeParams } from "../../spike/schemas.ts";
import { NEEDS_ADMIN } from "../schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: reconciliation"], security: [{ bearer: [] }] };
const path = "/api/admin/spikes/{id}/ledger/restoration";
const amount = z.int().min(0);

const obstacleSchema = z
  .enum(["not_lost", "erased", "dead_letters", "unpaid", "oversold"])
  .openapi({ description: "Why a ledger cannot be restored now" });

export type Obstacle = z.infer<typeof obstacleSchema>;

const assessmentSchema = z
  .object({
    stripe: amount.openapi({ description: "Which of the sale's ledgers it is about, from 0" }),
    lost: amount.openapi({
      description: "How many ledgers of the sale are lost; they are restored one by one",
    }),
    condition: z.enum(["open", "lost", "restoring", "erased"] satisfies LedgerCondition[]),
    orders: z
      .object({ reserved: amount, paid: amount, cancelled: amount, expired: amount })
      .openapi({ description: "Those of this ledger, as the database has them" }),
    deadLetters: amount.openapi({ description: "Open ones of this sale" }),
    units: amount.openapi({ description: "Units the sale is known to have without its ledger" }),
    obstacles: z.array(obstacleSchema),
  })
  .openapi("RestorationAssessment");

const bodySchema = z
  .strictObject({
    confirm: z.string().openapi({ description: "The sale's id once more" }),
    restore: z.string().min(1).max(USER_ID_MAX_CHARS).optional(),
    cursor: cursorQuery.shape.cursor,
    unpaid: z.literal("expire").optional().openapi({
      description: "Unpaid reservations expire: you have looked for them at the payment provider",
    }),
    stock: z
      .int()
      .min(0)
      .max(STOCK_MAX)
      .optional()
      .openapi({ description: "Units there really are, where the trail does not know them all" }),
  })
  .openapi("Restoration");

const progressSchema = z
  .object({
    restore: z.string(),
    state: z.enum(["walking", "waiting", "done"]),
    progress: z.object({ done: amount, total: amount }),
    cursor: z.string().optional().openapi({ description: "Send it along while `walking`" }),
    until: z.iso.datetime().optional().openapi({ description: "Send it again after this while `waiting`" }),
    serverTime: z.iso
      .datetime()
      .optional()
      .openapi({ description: "Beside `until`: what it is measured by" }),
    ledger: z.object({ orders: amount, sold: amount, expired: amount, missing: amount }).optional().openapi({
      description:
        "`sold` units are its whole stock; `missing` numbers have no order: the lost ledger sold them, and nobody recorded it",
    }),
  })
  .openapi("RestorationProgress");

export type WireRestoreProgress = z.infer<typeof progressSchema>;

export const assessRoute = createRoute({
  ...common,
  method: "get",
  path,
  summary: "Is this sale's ledger lost, and what stands in the way of restoring it?",
  request: { params: spikeParams },
  responses: {
    200: jsonContent(assessmentSchema, "How it stands"),
    ...refusals(...NEEDS_ADMIN, "not_found", "overloaded"),
  },
});

export const restoreRoute = createRoute({
  ...common,
  method: "post",
  path,
  summary: "Make a lost ledger again from the database's orders, paused and with nothing for sale",
  description:
    "Send it again with `restore`, and with `cursor` where there is one, until `state` is `done`. It takes a quarter " +
    "of an hour at least: the orders must not change for that long.",
  request: {
    params: spikeParams,
    body: { content: { "application/json": { schema: bodySchema } }, required: true },
  },
  responses: {
    200: jsonContent(progressSchema, "How far it is"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "order_state", "overloaded"),
  },
});

export const lostRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/lost-ledgers",
  summary: "Sales whose ledger is lost; no other list shows them",
  request: { query: cursorQuery },
  responses: {
    200: jsonContent(
      z.object({ sales: z.array(z.object({ id: z.string(), title: z.string() })), ...nextCursorSchema }),
      "Those among a page of all sales, the newest first; there may be none on a page that is not the last",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "overloaded"),
  },
});
