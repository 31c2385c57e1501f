import { createRoute, z } from "@hono/zod-openapi";
import { explanationSchema, jsonContent, refusals } from "../../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../../edge/cursor.ts";
import { REASON_MAX_CHARS, USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import type { DeadLetterState } from "../../shared/order.ts";
import { instantSchema } from "../../spike/schemas.ts";
import { NEEDS_ADMIN } from "../schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: dead letters"], security: [{ bearer: [] }] };

const stateSchema = z.enum(["open", "replayed", "discarded", "recorded"] satisfies DeadLetterState[]);
const count = z.int().min(0);

const summarySchema = z
  .object({
    id: z.string(),
    state: stateSchema.openapi({
      description: "`recorded`: its order came into the database on another way, because the ledger sends on",
    }),
    queue: z.string(),
    reason: z.string().openapi({ description: "Why it could not be recorded, the last time" }),
    explanation: explanationSchema.optional().openapi({ description: "`reason`, where it is a known one" }),
    attempts: count.openapi({ description: "Deliveries that failed" }),
    createdAt: z.iso.datetime(),
    failedAt: z.iso.datetime().openapi({ description: "When it failed last" }),
    replayedAt: z.iso.datetime().optional(),
    spikeId: z.string().optional().openapi({ description: "Absent for a message that nobody could read" }),
    orderId: z.string().optional(),
    version: z.int().optional(),
    note: z.string().optional().openapi({ description: "Why it was discarded" }),
  })
  .openapi("DeadLetterSummary");

const letterSchema = summarySchema
  .extend({ body: z.string().openapi({ description: "The message, as JSON where it was JSON" }) })
  .openapi("DeadLetter");

export type WireDeadLetterSummary = z.infer<typeof summarySchema>;
export type WireDeadLetter = z.infer<typeof letterSchema>;

const params = z.object({
  id: z
    .string()
    .max(USER_ID_MAX_CHARS)
    .openapi({ param: { name: "id", in: "path" } }),
});

const oneAnswer = {
  200: jsonContent(letterSchema, "The letter as it is now"),
  ...refusals(...NEEDS_ADMIN, "not_found", "order_state", "overloaded"),
};

export const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/dead-letters",
  summary: "What could not be recorded, the newest first",
  request: {
    query: cursorQuery.extend({
      state: stateSchema.optional(),
      spikeId: z.string().max(USER_ID_MAX_CHARS).optional(),
    }),
  },
  responses: {
    200: jsonContent(
      z.object({ deadLetters: z.array(summarySchema), open: count, ...nextCursorSchema }),
      "A page of letters, and how many are open in all",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

export const readRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/dead-letters/{id}",
  summary: "One letter with its body",
  request: { params },
  responses: {
    200: jsonContent(letterSchema, "The letter"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found"),
  },
});

export const replayRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/dead-letters/{id}/replay",
  summary: "Send a letter to the queue again; again changes nothing",
  request: { params },
  responses: { ...oneAnswer, ...refusals("invalid_request") },
});

export const discardRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/dead-letters/{id}/discard",
  summary: "Note that a letter is not needed; it is kept",
  request: {
    params,
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({ reason: z.string().trim().min(1).max(REASON_MAX_CHARS) }),
        },
      },
      required: true,
    },
  },
  responses: { ...oneAnswer, ...refusals("invalid_request") },
});

export const replayAllRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/dead-letters/replay",
  summary: "Send open letters to the queue again, a hundred at a time, the oldest first",
  description: "Send it again with the `before` of the first answer until `remaining` is 0.",
  request: {
    body: {
      content: { "application/json": { schema: z.strictObject({ before: instantSchema.optional() }) } },
      required: false,
    },
  },
  responses: {
    200: jsonContent(
      z.object({
        replayed: count,
        failed: z
          .array(z.object({ id: z.string(), detail: z.string(), explanation: explanationSchema.optional() }))
          .openapi({ description: "Letters that were not sent, and why. They stay open" }),
        unreadable: count.openapi({ description: "Letters that are not JSON: they can only be discarded" }),
        remaining: count,
        before: z.iso
          .datetime()
          .openapi({ description: "Letters that failed later than this are left alone" }),
      }),
      "How far it is",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});
