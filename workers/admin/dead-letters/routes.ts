import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { cursorQuery, nextCursorSchema } from "../../edge/cursor.ts";
import { decodeCursor, pageOf } from "../../shared/cursor.ts";
import { toInstant } from "../../shared/instant.ts";
import { ADMIN_PAGE_SIZE, REASON_MAX_CHARS, USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import type { DeadLetterState } from "../../shared/order.ts";
import { instantSchema } from "../../spike/schemas.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import {
  countOpenLetters,
  type DeadLetter,
  discardDeadLetter,
  readDeadLetter,
  readDeadLetters,
  replayDeadLetter,
  replayDeadLetters,
} from "./dead-letters.ts";

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

const params = z.object({
  id: z
    .string()
    .max(USER_ID_MAX_CHARS)
    .openapi({ param: { name: "id", in: "path" } }),
});

const oneAnswer = {
  200: jsonContent(letterSchema, "The letter as it is now"),
  ...refusals(...NEEDS_ADMIN, "not_found", "order_state"),
};

const listRoute = createRoute({
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

const readRoute = createRoute({
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

const replayRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/dead-letters/{id}/replay",
  summary: "Send a letter to the queue again; again changes nothing",
  request: { params },
  responses: { ...oneAnswer, ...refusals("invalid_request") },
});

const discardRoute = createRoute({
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

const replayAllRoute = createRoute({
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

export const deadLetterRoutes = createApi();

deadLetterRoutes.openapi(listRoute, async (c) => {
  const { cursor, ...filter } = c.req.valid("query");
  const [rows, open] = await Promise.all([
    readDeadLetters(c.env, filter, decodeCursor(cursor), ADMIN_PAGE_SIZE + 1),
    countOpenLetters(c.env),
  ]);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ createdAt, id }) => ({ at: createdAt, id }));
  return c.json({ deadLetters: page.map(toWireSummary), open, ...next }, 200);
});

deadLetterRoutes.openapi(readRoute, async (c) =>
  c.json(toWireLetter(await readDeadLetter(c.env, c.req.valid("param").id)), 200),
);

deadLetterRoutes.openapi(replayRoute, async (c) => {
  const { userId } = requireIdentity(c);
  return c.json(
    toWireLetter(await replayDeadLetter(c.env, userId, c.req.valid("param").id, Date.now())),
    200,
  );
});

deadLetterRoutes.openapi(discardRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { reason } = c.req.valid("json");
  const letter = await discardDeadLetter(c.env, userId, c.req.valid("param").id, reason, Date.now());
  return c.json(toWireLetter(letter), 200);
});

deadLetterRoutes.openapi(replayAllRoute, async (c) => {
  const now = Date.now();
  // Without a body there is nothing valid to read.
  const given = (c.req.valid("json") as { before?: string } | undefined)?.before;
  const before = given === undefined ? now : Date.parse(given);
  const result = await replayDeadLetters(c.env, requireIdentity(c).userId, before, now);
  return c.json({ ...result, before: toInstant(before) }, 200);
});

function toWireSummary(letter: DeadLetter): z.infer<typeof summarySchema> {
  const { id, state, queue, reason, attempts, createdAt, failedAt, replayedAt } = letter;
  const { spikeId, orderId, version, note } = letter;
  return {
    ...{ id, state, queue, reason, attempts, createdAt: toInstant(createdAt), failedAt: toInstant(failedAt) },
    ...(replayedAt !== null && { replayedAt: toInstant(replayedAt) }),
    ...(spikeId !== null && { spikeId }),
    ...(orderId !== null && { orderId }),
    ...(version !== null && { version }),
    ...(note !== null && { note }),
  };
}

function toWireLetter(letter: DeadLetter): z.infer<typeof letterSchema> {
  return { ...toWireSummary(letter), body: letter.body };
}
