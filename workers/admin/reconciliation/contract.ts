import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../../edge/cursor.ts";
import { USER_ID_MAX_CHARS } from "../../shared/limits.ts";
import { spikeParams } from "../../spike/schemas.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import { differenceSchema, reconciliationSchema } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

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

export const compareRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/spikes/{id}/reconciliation",
  summary: "Compare the orders of a sale's ledger with those of the database, one by one",
  request: { params: spikeParams, query: z.object({ run: runField }) },
  responses: driven,
});

export const repairRoute = createRoute({
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

export const listRoute = createRoute({
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

export const allRoute = createRoute({
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

export const differencesRoute = createRoute({
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
