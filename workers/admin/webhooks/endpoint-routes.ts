import { createRoute, z } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { toInstant } from "../../shared/instant.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import {
  createEndpoint,
  deleteEndpoint,
  readEndpoint,
  readEndpoints,
  rotateSecret,
  updateEndpoint,
} from "./endpoints.ts";
import {
  endpointBody,
  endpointChanges,
  endpointParams,
  endpointSchema,
  newEndpointSchema,
  rotationBody,
  rotationSchema,
  toWireEndpoint,
} from "./schemas.ts";

const common = { tags: ["Admin: webhooks"], security: [{ bearer: [] }] };
const path = "/api/admin/webhooks/{id}";
const ofOne = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");
const jsonBody = <S extends z.ZodType>(schema: S) => ({
  content: { "application/json": { schema } },
  required: true,
});

const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/webhooks",
  summary: "Where order events are sent to",
  responses: {
    200: jsonContent(z.object({ endpoints: z.array(endpointSchema) }), "All of them"),
    ...refusals(...NEEDS_ADMIN),
  },
});

const createEndpointRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks",
  summary: "Send order events to one more address, from within ten seconds on",
  request: { body: jsonBody(endpointBody) },
  responses: {
    201: jsonContent(newEndpointSchema, "The endpoint, and its signing secret"),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

const readRoute = createRoute({
  ...common,
  ...{ method: "get", path, summary: "One of them", request: { params: endpointParams } },
  responses: { 200: jsonContent(endpointSchema, "The endpoint"), ...ofOne },
});

const updateRoute = createRoute({
  ...common,
  ...{ method: "patch", path, summary: "Change address, events, or whether it is told at all" },
  request: { params: endpointParams, body: jsonBody(endpointChanges) },
  responses: { 200: jsonContent(endpointSchema, "The endpoint as it is now"), ...ofOne },
});

const deleteRoute = createRoute({
  ...common,
  ...{ method: "delete", path, summary: "Tell it nothing more; what was waiting for it is forgotten" },
  request: { params: endpointParams },
  responses: { 204: { description: "It is gone" }, ...ofOne },
});

const rotateRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/rotate",
  summary: "A new signing secret; the old one signs as well for a while",
  request: { params: endpointParams, body: jsonBody(rotationBody) },
  responses: { 200: jsonContent(rotationSchema, "The new secret"), ...ofOne },
});

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
