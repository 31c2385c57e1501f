import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { saleInList } from "../spike/catalogue.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { toWireSpike } from "../spike/wire.ts";
import { toWirePlannedSpike } from "./wave-routes.ts";
import { readWaves } from "./waves.ts";
import { createSpike, deleteSpike, readSale, readSpikes, updateSpike } from "./spikes.ts";
import {
  createSpikeRoute,
  listSpikesRoute,
  readSpikeRoute,
  updateSpikeRoute,
  deleteSpikeRoute,
} from "./spike-contract.ts";

export const adminSpikeRoutes = createApi();

adminSpikeRoutes.openapi(createSpikeRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const key = c.req.valid("header")["idempotency-key"];
  const sale = await createSpike(c.env, userId, c.req.valid("json"), key);
  return c.json(toWireSpike(sale, Date.now()), 201);
});

adminSpikeRoutes.openapi(listSpikesRoute, async (c) => {
  const before = decodeCursor(c.req.valid("query").cursor);
  const rows = await readSpikes(c.env, before, ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, (row) => ({ at: row.createdAt, id: row.spike.id }));
  const sales = await Promise.all(page.map(({ spike }) => saleInList(c.env, spike)));
  const now = Date.now();
  const spikes = sales.flatMap((sale) => (sale ? [toWireSpike(sale, now)] : []));
  return c.json({ spikes, serverTime: toInstant(now), ...next }, 200);
});

adminSpikeRoutes.openapi(readSpikeRoute, async (c) => {
  const { id } = c.req.valid("param");
  const sale = await readSale(c.env, id);
  return c.json(toWirePlannedSpike({ ...sale, waves: await readWaves(c.env, id) }, Date.now()), 200);
});

adminSpikeRoutes.openapi(updateSpikeRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const sale = await updateSpike(c.env, userId, c.req.valid("param").id, c.req.valid("json"));
  return c.json(toWireSpike(sale, Date.now()), 200);
});

adminSpikeRoutes.openapi(deleteSpikeRoute, async (c) => {
  await deleteSpike(c.env, requireIdentity(c).userId, c.req.valid("param").id);
  return c.body(null, 204);
});
