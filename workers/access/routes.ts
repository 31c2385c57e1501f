import { createRoute } from "@hono/zod-openapi";
import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { noStore } from "../edge/no-store.ts";
import { loadSpikeSettings } from "../platform/settings-store.ts";
import { findSpike } from "../spike/catalogue.ts";
import * as contract from "./contract.ts";
import { decideAccess } from "./decide.ts";

const accessRoute = createRoute({ ...contract.accessRoute, middleware: noStore() });

export const accessRoutes = createApi();

accessRoutes.openapi(accessRoute, async (c) => {
  const subject = { ...requireIdentity(c), country: c.get("country") };
  const spike = await findSpike(c.env, c.req.valid("param").id);
  const decision = await decideAccess(
    c.env,
    spike,
    subject,
    await loadSpikeSettings(c.env, spike.id),
    Date.now(),
  );
  return c.json(decision, 200);
});
