import { createRoute } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { answerConditionally } from "../edge/conditional.ts";
import { toInstant } from "../shared/instant.ts";
import { findSale, listSales } from "./catalogue.ts";
import { spikeListSchema, spikeParams, spikeSchema, stockSchema } from "./schemas.ts";
import { sortForShoppers, stateName, stockStateName, toWireSpike, toWireStock } from "./wire.ts";

/** A crowd that reloads meets a cache; nobody sees a list older than a few seconds. */
const LIST_CACHE = "public, max-age=1, s-maxage=1, stale-while-revalidate=2";
const DETAIL_CACHE = "public, max-age=1, s-maxage=1";
/** The isolate has used up the one second that stock may be old, so a cache has to ask each time. */
const STOCK_CACHE = "public, no-cache";

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

catalogueRoutes.openapi(listRoute, async (c) => {
  const known = await listSales(c.env);
  const now = Date.now();
  const sales = sortForShoppers(known, now);
  const body = { spikes: sales.map((sale) => toWireSpike(sale, now)), serverTime: toInstant(now) };
  const state = sales.map((sale) => stateName(sale, now)).join(" ");
  return answerConditionally(c, body, { cacheControl: LIST_CACHE, state });
});

catalogueRoutes.openapi(detailRoute, async (c) => {
  const sale = await findSale(c.env, c.req.valid("param").id);
  const now = Date.now();
  const state = stateName(sale, now);
  return answerConditionally(c, toWireSpike(sale, now), { cacheControl: DETAIL_CACHE, state });
});

catalogueRoutes.openapi(stockRoute, async (c) => {
  const sale = await findSale(c.env, c.req.valid("param").id);
  const now = Date.now();
  const freshness = { cacheControl: STOCK_CACHE, state: stockStateName(sale, now) };
  return answerConditionally(c, toWireStock(sale, now), freshness);
});
