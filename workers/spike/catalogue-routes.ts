import { createRoute } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { answerConditionally, type Freshness } from "../edge/conditional.ts";
import { findSale, listSales } from "./catalogue.ts";
import { type Kind, ONE_SALE, SALE_LIST, STOCK_OF_SALE } from "./descriptions.ts";
import { spikeListSchema, spikeParams, spikeSchema, stockSchema } from "./schemas.ts";

const notModified = { 304: { description: "Nothing has changed but the clock" } };

const listRoute = createRoute({
  method: "get",
  path: "/api/spikes",
  tags: ["Spikes"],
  summary: "What is on sale: running sales first, then the next to start, then the latest to end",
  responses: { 200: jsonContent(spikeListSchema, "The sales"), ...notModified },
});

const detailRoute = createRoute({
  method: "get",
  path: "/api/spikes/{id}",
  tags: ["Spikes"],
  summary: "One sale",
  request: { params: spikeParams },
  responses: { 200: jsonContent(spikeSchema, "The sale"), ...notModified, ...refusals("not_found") },
});

const stockRoute = createRoute({
  method: "get",
  path: "/api/spikes/{id}/stock",
  tags: ["Spikes"],
  summary: "What is left of a sale, at most a second old",
  request: { params: spikeParams },
  responses: { 200: jsonContent(stockSchema, "The stock"), ...notModified, ...refusals("not_found") },
});

export const catalogueRoutes = createApi();

/*
 * These fill the isolate's memory. While it is fresh, the front door gives the same answers from it.
 */

catalogueRoutes.openapi(listRoute, async (c) => {
  const sales = await listSales(c.env);
  const now = Date.now();
  return answerConditionally(c, SALE_LIST.bodyOf(sales, now), freshness(SALE_LIST, sales, now));
});

catalogueRoutes.openapi(detailRoute, async (c) => {
  const sale = await findSale(c.env, c.req.valid("param").id);
  const now = Date.now();
  return answerConditionally(c, ONE_SALE.bodyOf(sale, now), freshness(ONE_SALE, sale, now));
});

catalogueRoutes.openapi(stockRoute, async (c) => {
  const sale = await findSale(c.env, c.req.valid("param").id);
  const now = Date.now();
  return answerConditionally(c, STOCK_OF_SALE.bodyOf(sale, now), freshness(STOCK_OF_SALE, sale, now));
});

function freshness<Subject>(kind: Kind<Subject, object>, subject: Subject, now: number): Freshness {
  return { cacheControl: kind.cacheControl, state: kind.stateOf(subject, now) };
}
