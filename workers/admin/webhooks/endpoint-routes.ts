import { createApi } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { toInstant } from "../../shared/instant.ts";
import {
  createEndpoint,
  deleteEndpoint,
  readEndpoint,
  readEndpoints,
  rotateSecret,
  updateEndpoint,
} from "./endpoints.ts";
import { toWireEndpoint } from "./wire.ts";
import {
  listRoute,
  createEndpointRoute,
  readRoute,
  updateRoute,
  deleteRoute,
  rotateRoute,
} from "./endpoint-contract.ts";

export const webhookEndpointRoutes = createApi();

webhookEndpointRoutes.openapi(listRoute, async (c) =>
  c.json({ endpoints: (await readEndpoints(c.env)).map(toWireEndpoint) }, 200),
);

webhookEndpointRoutes.openapi(createEndpointRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { endpoint, secret } = await createEndpoint(c.env, userId, c.req.valid("json"), Date.now());
  return c.json({ endpoint: toWireEndpoint(endpoint), secret }, 201);
});

webhookEndpointRoutes.openapi(readRoute, async (c) =>
  c.json(toWireEndpoint(await readEndpoint(c.env, c.req.valid("param").id)), 200),
);

webhookEndpointRoutes.openapi(updateRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { id } = c.req.valid("param");
  const given = Object.entries(c.req.valid("json")).filter(([, value]) => value !== undefined);
  const endpoint = await updateEndpoint(c.env, userId, id, Object.fromEntries(given), Date.now());
  return c.json(toWireEndpoint(endpoint), 200);
});

webhookEndpointRoutes.openapi(deleteRoute, async (c) => {
  await deleteEndpoint(c.env, requireIdentity(c).userId, c.req.valid("param").id, Date.now());
  return c.body(null, 204);
});

webhookEndpointRoutes.openapi(rotateRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { overlapSeconds } = c.req.valid("json");
  const { id } = c.req.valid("param");
  const { secret, oldUntil } = await rotateSecret(c.env, userId, id, overlapSeconds, Date.now());
  return c.json({ secret, oldSecretUntil: toInstant(oldUntil) }, 200);
});
