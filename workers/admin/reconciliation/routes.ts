import { createApi } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { decodeCursor, encodeCursor, pageOf } from "../../shared/cursor.ts";
import { ADMIN_PAGE_SIZE } from "../../shared/limits.ts";
import type { ReconciliationMode } from "../../shared/reconciliation.ts";
import { explain } from "../../shared/explanations.ts";
import { Refusal } from "../../shared/refusals.ts";
import { driveRun, openRun, openRunsOfAll, type RunRequest } from "./drive.ts";
import { readDifferences, readRun, readRuns, type Run } from "./runs.ts";
import { toWireDifference, toWireRun } from "./wire.ts";
import { compareRoute, repairRoute, listRoute, allRoute, differencesRoute } from "./contract.ts";

/** How long one call goes on with a run before it answers how far it is, in milliseconds. */
const CALL_MAX_MS = 5_000;

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

const noSuchRun = () => new Refusal("not_found", explain("no_such_run"));
