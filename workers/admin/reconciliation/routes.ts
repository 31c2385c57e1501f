import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { cursorQuery, nextCursorSchema } from "../../edge/cursor.ts";
import { decodeCursor, encodeCursor, pageOf } from "../../shared/cursor.ts";
import { ADMIN_PAGE_SIZE, USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import type { ReconciliationMode } from "../../shared/reconciliation.ts";
import { Refusal } from "../../shared/refusals.ts";
import { spikeParams } from "../../spike/schemas.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import { driveRun, openRun, openRunsOfAll, type RunRequest } from "./drive.ts";
import { readDifferences, readRun, readRuns, type Run } from "./runs.ts";
import { differenceSchema, reconciliationSchema, toWireDifference, toWireRun } from "./schemas.ts";

/** How long one call goes on with a run before it answers how far it is, in milliseconds. */
const CALL_MAX_MS = 5_000;

const common = { tags: ["Admin: reconciliation"], security: [{ bearer: [] }] };

const runText = z.string().min(1).max(USER_ID_MAX_CHARS);
const runField = runText
  .optional()
  .openapi({ description: "Go on with this run; absent: begin, or join what is under way" });

const reportSchema = reconciliationSchema
  .extend({ differences: z.array(differenceSchema), ...nextCursorSchema })
  .openapi("ReconciliationReport");

const driven = {
  200: jsonContent(
    reportSchema,
    "How it stands. While `state` is `running`, send the call again with this `run` until it is `done`",
  ),
  ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "order_state", "overloaded"),
};

const compareRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/spikes/{id}/reconciliation",
  summary: "Compare the orders of a sale's ledger with those of the database, one by one",
  request: { params: spikeParams, query: z.object({ run: runField }) },
  responses: driven,
});

const repairRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/spikes/{id}/reconciliation",
  summary: "Make the database say what the ledger says; also fills an empty database",
  request: {
    params: spikeParams,
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({
            run: runField,
            removeUnproven: z.boolean().optional().openapi({
              description: "Also remove extra orders that a ledger which was lost may have sold",
            }),
          }),
        },
      },
    },
  },
  responses: driven,
});

const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/reconciliations",
  summary: "Comparisons and repairs so far, the newest first",
  request: { query: cursorQuery.extend({ spikeId: z.string().max(USER_ID_MAX_CHARS).optional() }) },
  responses: {
    200: jsonContent(
      z.object({ runs: z.array(reconciliationSchema), ...nextCursorSchema }),
      "A page of runs",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

const allRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/reconciliations",
  summary: "Compare or repair all sales, the newest first; done in the background",
  description:
    "Send it again with `cursor` until there is no `nextCursor`. The list of runs shows how far they are.",
  request: {
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({
            mode: z.enum(["compare", "repair"]),
            cursor: cursorQuery.shape.cursor,
          }),
        },
      },
      required: true,
    },
  },
  responses: {
    202: jsonContent(
      z.object({
        opened: z.int().min(0).openapi({ description: "Sales that have a run now" }),
        passedOver: z
          .int()
          .min(0)
          .openapi({ description: "Sales whose ledger is lost or cannot be reached" }),
        ...nextCursorSchema,
      }),
      "Runs are open for a page of sales",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

const differencesRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/spikes/{id}/reconciliation/{run}/differences",
  summary: "What a run found, order by order",
  request: { params: spikeParams.extend({ run: runText }), query: cursorQuery },
  responses: {
    200: jsonContent(
      z.object({ differences: z.array(differenceSchema), ...nextCursorSchema }),
      "A page of differences, by order id",
    ),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found"),
  },
});

export const reconciliationRoutes = createApi();

reconciliationRoutes.openapi(compareRoute, async (c) => {
  const request = { mode: "compare", actor: requireIdentity(c).userId } as const;
  const run = await reconcile(c.env, c.req.valid("param").id, c.req.valid("query").run, request);
  return c.json({ ...toWireRun(run), ...(await pageOfDifferences(c.env, run.id, "")) }, 200);
});

reconciliationRoutes.openapi(repairRoute, async (c) => {
  const { run: id, removeUnproven = false } = c.req.valid("json");
  const actor = requireIdentity(c).userId;
  const request = { mode: "repair", actor, removesUnproven: removeUnproven } as const;
  const run = await reconcile(c.env, c.req.valid("param").id, id, request);
  return c.json({ ...toWireRun(run), ...(await pageOfDifferences(c.env, run.id, "")) }, 200);
});

reconciliationRoutes.openapi(listRoute, async (c) => {
  const { cursor, spikeId } = c.req.valid("query");
  const rows = await readRuns(c.env, spikeId, decodeCursor(cursor), ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ startedAt, id }) => ({ at: startedAt, id }));
  return c.json({ runs: page.map(toWireRun), ...next }, 200);
});

reconciliationRoutes.openapi(allRoute, async (c) => {
  const { mode, cursor } = c.req.valid("json");
  const request = { mode, actor: requireIdentity(c).userId };
  return c.json(await openRunsOfAll(c.env, request, decodeCursor(cursor), Date.now()), 202);
});

reconciliationRoutes.openapi(differencesRoute, async (c) => {
  const { id, run: runId } = c.req.valid("param");
  if (!(await readRun(c.env, id, runId))) throw noSuchRun();
  const after = decodeCursor(c.req.valid("query").cursor)?.id ?? "";
  return c.json(await pageOfDifferences(c.env, runId, after), 200);
});

async function reconcile(
  env: Env,
  spikeId: string,
  id: string | undefined,
  request: RunRequest,
): Promise<Run> {
  const now = Date.now();
  const run =
    id === undefined
      ? await openRun(env, spikeId, request, now)
      : await findRun(env, spikeId, id, request.mode);
  return await driveRun(env, run, now + CALL_MAX_MS);
}

async function findRun(env: Env, spikeId: string, id: string, mode: ReconciliationMode): Promise<Run> {
  const run = await readRun(env, spikeId, id);
  if (run?.mode !== mode) throw noSuchRun();
  return run;
}

async function pageOfDifferences(env: Env, runId: string, after: string) {
  const rows = await readDifferences(env, runId, after, ADMIN_PAGE_SIZE + 1);
  const page = rows.slice(0, ADMIN_PAGE_SIZE);
  const last = page.at(-1);
  const hasMore = rows.length > ADMIN_PAGE_SIZE && last !== undefined;
  return {
    differences: page.map(toWireDifference),
    ...(hasMore && { nextCursor: encodeCursor({ at: 0, id: last.orderId }) }),
  };
}

const noSuchRun = () => new Refusal("not_found", { detail: "This sale has no such run." });
