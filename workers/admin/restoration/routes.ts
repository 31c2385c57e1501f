import { createApi } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { fieldError } from "../../shared/complaints.ts";
import { decodeCursor, encodeCursor } from "../../shared/cursor.ts";
import { toInstant } from "../../shared/instant.ts";
import { Refusal } from "../../shared/refusals.ts";
import { findLostLedgers } from "./lost-ledgers.ts";
import { assess, obstaclesOf, restoreLedger, type RestoreProgress } from "./restore.ts";
import { assessRoute, lostRoute, restoreRoute, type WireRestoreProgress } from "./contract.ts";

/** How long one call goes on before it answers how far it is, in milliseconds. */
const CALL_MAX_MS = 5_000;

export const restorationRoutes = createApi();

restorationRoutes.openapi(lostRoute, async (c) => {
  const { lost, ...next } = await findLostLedgers(c.env, decodeCursor(c.req.valid("query").cursor));
  return c.json({ sales: lost.map(({ id, title }) => ({ id, title })), ...next }, 200);
});

restorationRoutes.openapi(assessRoute, async (c) => {
  const assessment = await assess(c.env, c.req.valid("param").id, Date.now());
  const { spike: _spike, ledger, ...rest } = assessment;
  return c.json({ ...rest, stripe: ledger.stripe, obstacles: obstaclesOf(assessment, {}) }, 200);
});

restorationRoutes.openapi(restoreRoute, async (c) => {
  const { id } = c.req.valid("param");
  const { confirm, cursor, ...request } = c.req.valid("json");
  if (confirm !== id) {
    throw new Refusal("invalid_request", { errors: [fieldError("confirm", "not_this_sale")] });
  }
  const actor = requireIdentity(c).userId;
  const after = decodeCursor(cursor);
  const progress = await restoreLedger(c.env, id, { ...request, actor, after }, Date.now() + CALL_MAX_MS);
  return c.json(toWireProgress(progress), 200);
});

function toWireProgress(progress: RestoreProgress): WireRestoreProgress {
  const { restore, state, taken, total } = progress;
  return {
    ...{ restore, state, progress: { done: taken, total } },
    ...(state === "walking" && { cursor: encodeCursor(progress.next) }),
    ...(state === "waiting" && { until: toInstant(progress.until), serverTime: toInstant(Date.now()) }),
    ...(state === "done" && { ledger: progress.ledger }),
  };
}
