import { createApi } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { decodeCursor, pageOf } from "../../shared/cursor.ts";
import { ADMIN_PAGE_SIZE } from "../../shared/limits.ts";
import { ping, positionOf, readDeliveries, replayDead, replayOne } from "./deliveries.ts";
import { readEndpoint } from "./endpoints.ts";
import { toWireDelivery } from "./wire.ts";
import { pingRoute, listRoute, replayOneRoute, replayAllRoute } from "./delivery-contract.ts";

export const webhookDeliveryRoutes = createApi();

webhookDeliveryRoutes.openapi(pingRoute, async (c) =>
  c.json({ deliveryId: await ping(c.env, c.req.valid("param").id, Date.now()) }, 202),
);

webhookDeliveryRoutes.openapi(listRoute, async (c) => {
  const { id } = await readEndpoint(c.env, c.req.valid("param").id);
  const { cursor, state } = c.req.valid("query");
  const rows = await readDeliveries(c.env, id, {
    state,
    before: decodeCursor(cursor),
    limit: ADMIN_PAGE_SIZE + 1,
  });
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, positionOf);
  return c.json({ deliveries: page.map(toWireDelivery), ...next }, 200);
});

webhookDeliveryRoutes.openapi(replayOneRoute, async (c) => {
  const { id, deliveryId } = c.req.valid("param");
  await replayOne(c.env, requireIdentity(c).userId, id, deliveryId, Date.now());
  return c.body(null, 202);
});

webhookDeliveryRoutes.openapi(replayAllRoute, async (c) => {
  const { userId } = requireIdentity(c);
  return c.json({ replayed: await replayDead(c.env, userId, c.req.valid("param").id, Date.now()) }, 202);
});
