import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../../edge/route-parts.ts";
import { NEEDS_ADMIN } from "../schemas.ts";
import {
  endpointBody,
  endpointChanges,
  endpointParams,
  endpointSchema,
  newEndpointSchema,
  rotationBody,
  rotationSchema,
} from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: webhooks"], security: [{ bearer: [] }] };
const path = "/api/admin/webhooks/{id}";
const ofOne = refusals("invalid_request", ...NEEDS_ADMIN, "not_found");
const jsonBody = <S extends z.ZodType>(schema: S) => ({
  content: { "application/json": { schema } },
  required: true,
});

export const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/webhooks",
  summary: "Where order events are sent to",
  responses: {
    200: jsonContent(z.object({ endpoints: z.array(endpointSchema) }), "All of them"),
    ...refusals(...NEEDS_ADMIN),
  },
});

export const createEndpointRoute = createRoute({
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

export const readRoute = createRoute({
  ...common,
  ...{ method: "get", path, summary: "One of them", request: { params: endpointParams } },
  responses: { 200: jsonContent(endpointSchema, "The endpoint"), ...ofOne },
});

export const updateRoute = createRoute({
  ...common,
  ...{ method: "patch", path, summary: "Change address, events, or whether it is told at all" },
  request: { params: endpointParams, body: jsonBody(endpointChanges) },
  responses: { 200: jsonContent(endpointSchema, "The endpoint as it is now"), ...ofOne },
});

export const deleteRoute = createRoute({
  ...common,
  ...{ method: "delete", path, summary: "Tell it nothing more; what was waiting for it is forgotten" },
  request: { params: endpointParams },
  responses: { 204: { description: "It is gone" }, ...ofOne },
});

export const rotateRoute = createRoute({
  ...common,
  method: "post",
  path: "/api/admin/webhooks/{id}/rotate",
  summary: "A new signing secret; the old one signs as well for a while",
  request: { params: endpointParams, body: jsonBody(rotationBody) },
  responses: { 200: jsonContent(rotationSchema, "The new secret"), ...ofOne },
});
