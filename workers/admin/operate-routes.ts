import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { toWireSpike } from "../spike/wire.ts";
import { restock, setPaused, viewLedger } from "./operate.ts";
import { pauseRoute, resumeRoute, restockRoute, ledgerRoute } from "./operate-contract.ts";

export const operateRoutes = createApi();

operateRoutes.openapi(pauseRoute, async (c) => {
  const sale = await setPaused(c.env, requireIdentity(c).userId, c.req.valid("param").id, true);
  return c.json(toWireSpike(sale, Date.now()), 200);
});

operateRoutes.openapi(resumeRoute, async (c) => {
  const sale = await setPaused(c.env, requireIdentity(c).userId, c.req.valid("param").id, false);
  return c.json(toWireSpike(sale, Date.now()), 200);
});

operateRoutes.openapi(restockRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const key = c.req.valid("header")["idempotency-key"];
  // Two admins who happen to choose the same key mean two operations.
  const operation = key === undefined ? crypto.randomUUID() : `${userId}:${key}`;
  const { quantity } = c.req.valid("json");
  const sale = await restock(c.env, userId, c.req.valid("param").id, { quantity, operation });
  return c.json(toWireSpike(sale, Date.now()), 200);
});

operateRoutes.openapi(ledgerRoute, async (c) => {
  const {
    unrecorded: _unrecorded,
    oldestUnrecordedAt: _oldestUnrecordedAt,
    paused: _paused,
    ...view
  } = await viewLedger(c.env, c.req.valid("param").id);
  return c.json(view, 200);
});
