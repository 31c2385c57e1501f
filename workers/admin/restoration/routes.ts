import { createRoute, z } from "@hono/zod-openapi";
import type { LedgerCondition } from "../../../durable-objects/spike-stock/messages.ts";
import { createApi, jsonContent, refusals } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { cursorQuery, nextCursorSchema } from "../../edge/cursor.ts";
import { decodeCursor, encodeCursor } from "../../shared/cursor.ts";
import { toInstant } from "../../shared/instant.ts";
import { STOCK_MAX, USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import { Refusal } from "../../shared/refusals.ts";
import { spikeParams } from "../../spike/schemas.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import { findLostLedgers } from "./lost-ledgers.ts";
import { assess, type Obstacle, obstaclesOf, restoreLedger, type RestoreProgress } from "./restore.ts";

/** How long one call goes on before it answers how far it is, in milliseconds. */
const CALL_MAX_MS = 5_000;

const common = { tags: ["Admin: reconciliation"], security: [{ bearer: [] }] };
const path = "/api/admin/spikes/{id}/ledger/restoration";
const amount = z.int().min(0);

const assessmentSchema = z
  .object({
    condition: z.enum(["open", "lost", "restoring", "erased"] satisfies LedgerCondition[]),
    orders: z.object({ reserved: amount, paid: amount, cancelled: amount, expired: amount }),
    deadLetters: amount.openapi({ description: "Open ones of this sale" }),
    units: amount.openapi({ description: "Units the sale is known to have without its ledger" }),
    obstacles: z.array(
      z.enum([
        ...(["not_lost", "erased", "several_ledgers", "dead_letters"] as const),
        ...(["unpaid", "oversold"] as const),
      ] satisfies Obstacle[]),
    ),
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
    ledger: z.object({ orders: amount, sold: amount, expired: amount, missing: amount }).optional().openapi({
      description:
        "`sold` units are its whole stock; `missing` numbers have no order: the lost ledger sold them, and nobody recorded it",
    }),
  })
  .openapi("RestorationProgress");

const assessRoute = createRoute({
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

const restoreRoute = createRoute({
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

const lostRoute = createRoute({
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

export const restorationRoutes = createApi();

restorationRoutes.openapi(lostRoute, async (c) => {
  const { lost, ...next } = await findLostLedgers(c.env, decodeCursor(c.req.valid("query").cursor));
  return c.json({ sales: lost.map(({ id, title }) => ({ id, title })), ...next }, 200);
});

restorationRoutes.openapi(assessRoute, async (c) => {
  const assessment = await assess(c.env, c.req.valid("param").id, Date.now());
  const { spike: _spike, ...rest } = assessment;
  return c.json({ ...rest, obstacles: obstaclesOf(assessment, {}) }, 200);
});

restorationRoutes.openapi(restoreRoute, async (c) => {
  const { id } = c.req.valid("param");
  const { confirm, cursor, ...request } = c.req.valid("json");
  if (confirm !== id) {
    throw new Refusal("invalid_request", { errors: [{ path: "confirm", message: "must be the sale's id" }] });
  }
  const actor = requireIdentity(c).userId;
  const after = decodeCursor(cursor);
  const progress = await restoreLedger(c.env, id, { ...request, actor, after }, Date.now() + CALL_MAX_MS);
  return c.json(toWireProgress(progress), 200);
});

function toWireProgress(progress: RestoreProgress): z.infer<typeof progressSchema> {
  const { restore, state, taken, total } = progress;
  return {
    ...{ restore, state, progress: { done: taken, total } },
    ...(state === "walking" && { cursor: encodeCursor(progress.next) }),
    ...(state === "waiting" && { until: toInstant(progress.until) }),
    ...(state === "done" && { ledger: progress.ledger }),
  };
}
