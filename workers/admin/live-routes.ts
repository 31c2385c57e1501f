import { createRoute } from "@hono/zod-openapi";
import { createApi, refusals } from "../edge/api.ts";
import { Refusal } from "../shared/refusals.ts";
import { watchLiveFigures } from "../spike/live-figures.ts";
import { spikeParams } from "../spike/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

const liveRoute = createRoute({
  method: "get",
  path: "/api/admin/spikes/{id}/live",
  tags: ["Admin: operation"],
  security: [{ bearer: [] }],
  summary: "A WebSocket: the last hour, then a JSON frame a second with funnel, rates, stock and lag",
  description:
    "A page's session cookie counts when the page is our own. The server closes with 4001 after a " +
    "quarter of an hour (connect again) and with 4002 when the sale is deleted.",
  request: { params: spikeParams },
  responses: {
    101: { description: "Messages of kind `history`, then one of kind `live` every second" },
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "overloaded"),
  },
});

export const liveRoutes = createApi();

liveRoutes.openapi(liveRoute, async (c) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    throw new Refusal("invalid_request", { detail: "This address speaks WebSocket." });
  }
  const webSocket = await watchLiveFigures(c.env, c.req.valid("param").id, Date.now());
  return new Response(null, { status: 101, webSocket });
});
